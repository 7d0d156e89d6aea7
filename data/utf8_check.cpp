#include "data/utf8_check.h"

#include <utility>

#include "text/utf8.h"

namespace hone {
namespace {

// How many bytes at `at`, where no character is, belong to a character's beginning; at least 1.
size_t malformed_length(std::string_view text, size_t at) {
  const auto byte = [&](size_t i) -> unsigned {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0;
  };
  const unsigned lead = byte(at);
  size_t wanted = 0;  // continuation bytes; two-byte characters have nothing between
  if (lead >= 0xE0 && lead <= 0xEF) wanted = 2;
  if (lead >= 0xF0 && lead <= 0xF4) wanted = 3;
  if (wanted == 0) return 1;
  const unsigned least = lead == 0xE0 ? 0xA0 : (lead == 0xF0 ? 0x90 : 0x80);
  const unsigned most = lead == 0xED ? 0x9F : (lead == 0xF4 ? 0x8F : 0xBF);
  if (byte(at + 1) < least || byte(at + 1) > most) return 1;
  size_t length = 2;
  while (length < wanted && byte(at + length) >= 0x80 && byte(at + length) <= 0xBF) ++length;
  return length;
}

}  // namespace

size_t first_invalid_utf8(std::string_view text) {
  for (size_t at = 0; at < text.size();) {
    if (decode_utf8(text, at) == kInvalidUtf8) return at;
  }
  return std::string_view::npos;
}

int64_t replace_invalid_utf8(std::string& text) {
  if (first_invalid_utf8(text) == std::string_view::npos) return 0;
  std::string out;
  int64_t count = 0;
  for (size_t at = 0; at < text.size();) {
    const size_t begin = at;
    if (decode_utf8(text, at) != kInvalidUtf8) {
      out.append(text, begin, at - begin);
    } else {
      out += "\xEF\xBF\xBD";
      at += malformed_length(text, at);
      ++count;
    }
  }
  text = std::move(out);
  return count;
}

}  // namespace hone
