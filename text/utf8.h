#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace hone {

inline constexpr char32_t kInvalidUtf8 = 0xFFFFFFFF;

// The code point that begins at byte `at` (< text.size()), and moves `at` behind it. Malformed bytes give
// kInvalidUtf8 and leave `at` where it is. Well-formed is Unicode's table 3-7: no overlong forms, no
// surrogates, nothing above U+10FFFF.
char32_t decode_utf8(std::string_view text, size_t& at);

// Writes the one to four bytes of `code` to `out` and returns how many.
size_t encode_utf8(char32_t code, char* out);

void append_utf8(std::string& text, char32_t code);

}  // namespace hone
