#include "core/printable.h"

#include "core/utf8.h"

namespace hone {
namespace {

// True for characters that act on the text around them: C0, DEL and C1; bidirectional marks, embeddings and
// isolates; separators of lines and paragraphs.
bool acts(char32_t code) {
  return code < 0x20 || (code >= 0x7F && code <= 0x9F) || code == 0x61C || code == 0x200E || code == 0x200F ||
         (code >= 0x2028 && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069);
}

}  // namespace

void append_escape(std::string& out, char32_t code) {
  constexpr std::string_view kShort = "btn.fr", kHexDigits = "0123456789abcdef";  // U+0008 to U+000D
  out += '\\';
  if (code >= 8 && code <= 13 && code != 11) {
    out += kShort[code - 8];
    return;
  }
  out += 'u';
  for (int shift = 12; shift >= 0; shift -= 4) out += kHexDigits[(code >> shift) & 15];
}

std::string printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t at = 0; at < text.size();) {
    const size_t begin = at;
    const char32_t code = decode_utf8(text, at);
    if (code == kInvalidUtf8) {
      out += "\xEF\xBF\xBD";
      ++at;
    } else if (acts(code)) {
      append_escape(out, code);
    } else {
      out += text.substr(begin, at - begin);
    }
  }
  return out;
}

std::string printable_lines(std::string_view text) {
  std::string out;
  for (size_t end = 0; (end = text.find('\n')) != std::string_view::npos; text.remove_prefix(end + 1))
    out += printable(text.substr(0, end)) + '\n';
  return out + printable(text);
}

}  // namespace hone
