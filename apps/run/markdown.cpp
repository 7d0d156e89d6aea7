#include "apps/run/markdown.h"

#include <algorithm>

#include "core/printable.h"

namespace hone {
namespace {

// The length of the longest run of backticks.
size_t longest_run(std::string_view text) {
  size_t longest = 0, run = 0;
  for (const char c : text) {
    run = c == '`' ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  return longest;
}

}  // namespace

std::string markdown_text(std::string_view text) {
  constexpr std::string_view kMarkup = "\\`*_[]<>&~#$!";
  std::string out;
  for (const char c : printable(text)) {
    if (kMarkup.find(c) != std::string_view::npos) out += '\\';
    c == '|' ? out += "&#124;" : out += c;
  }
  return out;
}

std::string markdown_code(std::string_view text) {
  const std::string plain = printable(text), fence(longest_run(plain) + 1, '`');
  // Blanks keep the fence apart from backticks at the ends of the text, and an empty text visible.
  const bool apart = plain.empty() || plain.find('`') != std::string::npos || plain.starts_with(' ');
  const std::string gap = apart ? " " : "";
  return fence + gap + plain + gap + fence;
}

std::string markdown_block(std::string_view text) {
  const std::string plain = printable(text), fence(std::max<size_t>(2, longest_run(plain)) + 1, '`');
  return fence + "\n" + plain + "\n" + fence + "\n";
}

}  // namespace hone
