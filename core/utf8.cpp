#include "core/utf8.h"

#include <utility>

namespace hone {
namespace {

// The number of bytes that one U+FFFD replaces at `at`, where no whole character is: the longest beginning of
// a character, at least 1.
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

char32_t decode_utf8(std::string_view text, size_t& at) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[at + i]); };
  const size_t left = text.size() - at;
  const unsigned lead = byte(0);
  if (lead < 0x80) return text[at++];
  const size_t length = lead < 0xC2 ? 0 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : lead < 0xF5 ? 4 : 0;
  if (length == 0 || left < length) return kInvalidUtf8;
  char32_t code = lead & (0x7F >> length);
  for (size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return kInvalidUtf8;
    code = code << 6 | (byte(i) & 0x3F);
  }
  const bool overlong = (length == 3 && code < 0x800) || (length == 4 && code < 0x10000);
  if (overlong || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) return kInvalidUtf8;
  at += length;
  return code;
}

size_t encode_utf8(char32_t code, char* out) {
  if (code < 0x80) {
    out[0] = static_cast<char>(code);
    return 1;
  }
  const size_t length = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  for (size_t i = length - 1; i > 0; --i, code >>= 6) out[i] = static_cast<char>(0x80 | (code & 0x3F));
  out[0] = static_cast<char>((0xF00 >> length) | code);
  return length;
}

void append_utf8(std::string& text, char32_t code) {
  char bytes[4];
  text.append(bytes, encode_utf8(code, bytes));
}

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
