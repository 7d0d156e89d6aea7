#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace hone {

// The offset of the first byte that is not well-formed UTF-8 (as decode_utf8 has it), or npos.
size_t first_invalid_utf8(std::string_view text);

// Puts U+FFFD in the place of each malformed sequence (the longest beginning of a character that has no end
// there, or one byte; Unicode 14, section 3.9, as Python does) and returns how many there were.
int64_t replace_invalid_utf8(std::string& text);

}  // namespace hone
