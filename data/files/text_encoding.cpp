#include "data/files/text_encoding.h"

#include <fmt/core.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "core/utf8.h"

namespace hone {
namespace {

// The characters of cp1252's bytes 80 to 9F; 0: undefined.
constexpr char16_t kCp1252[32] = {0x20AC, 0,      0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021,
                                  0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0,      0x017D, 0,
                                  0,      0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
                                  0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0,      0x017E, 0x0178};

struct Mark {
  std::string_view bytes;
  TextEncoding encoding;
};
using namespace std::string_view_literals;
// Byte order marks; UTF-32's begin like UTF-16's and are tried first.
constexpr Mark kMarks[] = {{"\xFF\xFE\0\0"sv, TextEncoding::utf32_le},
                           {"\0\0\xFE\xFF"sv, TextEncoding::utf32_be},
                           {"\xFF\xFE"sv, TextEncoding::utf16_le},
                           {"\xFE\xFF"sv, TextEncoding::utf16_be},
                           {"\xEF\xBB\xBF"sv, TextEncoding::utf8}};

const Mark* mark_of(std::string_view bytes) {
  const auto found =
      std::ranges::find_if(kMarks, [&](const Mark& mark) { return bytes.starts_with(mark.bytes); });
  return found == std::end(kMarks) ? nullptr : found;
}

// Appends characters to a text, and counts or marks those that are none.
class Writer {
 public:
  Writer(DecodedText& out, EncodingErrors errors) : out_(out), replaces_(errors == EncodingErrors::replace) {}

  void add(char32_t code) { append_utf8(out_.text, code); }
  void add_malformed() {
    if (replaces_) add(0xFFFD);
    if (!replaces_) out_.text += '\xFF';
    out_.replaced += replaces_;
  }

 private:
  DecodedText& out_;
  bool replaces_;
};

void decode_bytes(std::string_view bytes, bool cp1252, Writer& writer) {
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    const char32_t code = cp1252 && byte >= 0x80 && byte < 0xA0 ? kCp1252[byte - 0x80] : byte;
    code == 0 && byte != 0 ? writer.add_malformed() : writer.add(code);
  }
}

// The unit of `size` bytes at `at`.
char32_t unit_at(std::string_view bytes, size_t at, size_t size, bool big) {
  char32_t unit = 0;
  for (size_t i = 0; i < size; ++i) {
    unit = unit << 8 | static_cast<unsigned char>(bytes[at + (big ? i : size - 1 - i)]);
  }
  return unit;
}

bool is_surrogate(char32_t code, char32_t first) { return code >= first && code < first + 0x400; }

void decode_utf16(std::string_view bytes, bool big, Writer& writer) {
  size_t at = 0;
  while (at + 2 <= bytes.size()) {
    const char32_t unit = unit_at(bytes, at, 2, big);
    at += 2;
    const bool is_high = is_surrogate(unit, 0xD800);
    const char32_t next = is_high && at + 2 <= bytes.size() ? unit_at(bytes, at, 2, big) : 0;
    if (is_surrogate(next, 0xDC00)) {
      writer.add(0x10000 + ((unit - 0xD800) << 10 | (next - 0xDC00)));
      at += 2;
    } else {
      is_high || is_surrogate(unit, 0xDC00) ? writer.add_malformed() : writer.add(unit);
    }
  }
  if (at < bytes.size()) writer.add_malformed();
}

void decode_utf32(std::string_view bytes, bool big, Writer& writer) {
  size_t at = 0;
  for (; at + 4 <= bytes.size(); at += 4) {
    const char32_t code = unit_at(bytes, at, 4, big);
    code > 0x10FFFF || (code >= 0xD800 && code < 0xE000) ? writer.add_malformed() : writer.add(code);
  }
  if (at < bytes.size()) writer.add_malformed();
}

// The byte order of UTF-16 without a mark: ASCII's zero bytes come first in big endian.
TextEncoding order_of(std::string_view bytes) {
  int64_t zeros[2] = {0, 0};
  for (size_t at = 0; at < bytes.size(); ++at) zeros[at % 2] += bytes[at] == '\0';
  return zeros[0] > zeros[1] ? TextEncoding::utf16_be : TextEncoding::utf16_le;
}

// Settles the encoding: drops the byte order mark from `bytes` and notes what was decided.
TextEncoding settle(std::string& bytes, TextEncoding asked, std::string& note) {
  const Mark* mark = mark_of(bytes);
  if (mark == nullptr && asked == TextEncoding::automatic) return TextEncoding::utf8;
  if (mark == nullptr && asked != TextEncoding::utf16) return asked;
  if (mark == nullptr) {
    const TextEncoding order = order_of(bytes);
    note = fmt::format("read as {}, as its zero bytes show", name_of(order));
    return order;
  }
  bytes.erase(0, mark->bytes.size());
  const bool agrees = asked == mark->encoding || asked == TextEncoding::automatic;
  if (mark->encoding != TextEncoding::utf8 || !agrees)
    note = fmt::format("read as {}, as its byte order mark says", name_of(mark->encoding));
  return mark->encoding;
}

void note_controls(std::string_view bytes, DecodedText& out) {
  const auto count = std::ranges::count_if(bytes, [](char c) { return (c & 0xE0) == 0x80; });
  if (count > 0)
    out.note +=
        fmt::format("{} control characters 80 to 9F were read as latin-1; cp1252 has letters there", count);
}

}  // namespace

const char* name_of(TextEncoding encoding) {
  switch (encoding) {
    case TextEncoding::cp1252:
      return "cp1252";
    case TextEncoding::latin1:
      return "latin-1";
    case TextEncoding::utf16:
      return "UTF-16";
    case TextEncoding::utf16_le:
      return "UTF-16 (little endian)";
    case TextEncoding::utf16_be:
      return "UTF-16 (big endian)";
    case TextEncoding::utf32_le:
      return "UTF-32 (little endian)";
    case TextEncoding::utf32_be:
      return "UTF-32 (big endian)";
    default:
      return "UTF-8";
  }
}

DecodedText decode_text(std::string bytes, const TextForm& form) {
  DecodedText out;
  out.encoding = settle(bytes, form.encoding, out.note);
  Writer writer(out, form.errors);
  switch (out.encoding) {
    case TextEncoding::cp1252:
    case TextEncoding::latin1:
      decode_bytes(bytes, out.encoding == TextEncoding::cp1252, writer);
      if (out.encoding == TextEncoding::latin1) note_controls(bytes, out);
      break;
    case TextEncoding::utf16_le:
    case TextEncoding::utf16_be:
      decode_utf16(bytes, out.encoding == TextEncoding::utf16_be, writer);
      break;
    case TextEncoding::utf32_le:
    case TextEncoding::utf32_be:
      decode_utf32(bytes, out.encoding == TextEncoding::utf32_be, writer);
      break;
    default:
      out.text = std::move(bytes);
      if (form.errors == EncodingErrors::replace) out.replaced = replace_invalid_utf8(out.text);
  }
  return out;
}

bool looks_like_cp1252(const std::string& bytes) {
  for (size_t at = 0; at < bytes.size();) {
    const size_t begin = at;
    const bool whole = decode_utf8(bytes, at) != kInvalidUtf8;
    if (whole && at > begin + 1) return false;
    if (whole) continue;
    const auto byte = static_cast<unsigned char>(bytes[at++]);
    if (byte < 0xA0 && kCp1252[byte - 0x80] == 0) return false;
  }
  return true;
}

}  // namespace hone
