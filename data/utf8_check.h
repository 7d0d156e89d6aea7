#pragma once

#include <string_view>

namespace hone {

// The offset of the first byte that is not well-formed UTF-8 (Unicode table 3-7: no overlong forms, no
// surrogates, nothing beyond U+10FFFF), or npos.
size_t first_invalid_utf8(std::string_view text);

}  // namespace hone
