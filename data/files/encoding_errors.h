#pragma once

namespace hone {

// How a reader treats bytes that are not UTF-8: it refuses the file, or puts U+FFFD for each malformed
// sequence.
enum class EncodingErrors { strict, replace };

}  // namespace hone
