#pragma once

#include <cstddef>
#include <string_view>

namespace hone {

// The offset of the first byte that is not well-formed UTF-8 (as decode_utf8 has it), or npos.
size_t first_invalid_utf8(std::string_view text);

}  // namespace hone
