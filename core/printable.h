#pragma once

#include <string>
#include <string_view>

namespace hone {

// `text` as one line that may be shown to people: what would move, recolour or reorder a terminal or a page
// (control characters, line ends, marks of writing direction) becomes an escape of JSON, \u001b, and bytes
// that are not UTF-8 U+FFFD. A line of JSON keeps its meaning.
std::string printable(std::string_view text);

// The same for each line of `text`, whose LF stay.
std::string printable_lines(std::string_view text);

// Appends JSON's escape of a code point below U+10000: \n, \u001b.
void append_escape(std::string& out, char32_t code);

}  // namespace hone
