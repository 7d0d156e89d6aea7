#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace hone {

inline constexpr char32_t kInvalidUtf8 = 0xFFFFFFFF;

// Returns the code point that begins at byte `at` (< text.size()) and moves `at` behind it. Malformed bytes
// give kInvalidUtf8 and leave `at` where it is. Well-formed is Unicode's table 3-7: no overlong forms, no
// surrogates, nothing above U+10FFFF.
char32_t decode_utf8(std::string_view text, size_t& at);

// Writes the one to four bytes of `code` to `out` and returns how many.
size_t encode_utf8(char32_t code, char* out);

void append_utf8(std::string& text, char32_t code);

// The offset of the first byte that is not well-formed UTF-8 (as decode_utf8 has it), or npos.
size_t first_invalid_utf8(std::string_view text);

// Puts U+FFFD in the place of each malformed sequence (the longest beginning of a character that has no end
// there, or one byte; Unicode 14, section 3.9, as Python does) and returns how many there were.
int64_t replace_invalid_utf8(std::string& text);

}  // namespace hone
