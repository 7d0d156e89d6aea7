#include "core/quote.h"

#include <algorithm>

#include "core/printable.h"
#include "core/utf8.h"

namespace hone {
namespace {

void append_escaped(std::string& out, char c) {
  const auto byte = static_cast<unsigned char>(c);
  if (byte < 0x20) return append_escape(out, byte);
  if (c == '"' || c == '\\') out += '\\';
  out += c;
}

}  // namespace

std::string json_quote(std::string_view text) {
  std::string out;
  out.reserve(text.size() + 2);
  out += '"';
  while (!text.empty()) {
    const size_t valid = std::min(first_invalid_utf8(text), text.size());
    for (const char c : text.substr(0, valid)) append_escaped(out, c);
    text.remove_prefix(valid);
    if (text.empty()) break;
    out += "\xEF\xBF\xBD";  // U+FFFD for a byte that is not UTF-8: JSON has no other
    text.remove_prefix(1);
  }
  return out + '"';
}

std::string shown(std::string_view name) {
  constexpr size_t kLongest = 120;
  if (name.size() <= kLongest) return printable(json_quote(name));
  size_t end = kLongest;
  while (end > 0 && (static_cast<unsigned char>(name[end]) & 0xC0) == 0x80) --end;  // not inside a character
  return printable(json_quote(std::string(name.substr(0, end)) + "..."));
}

}  // namespace hone
