#include "text/unicode.h"

#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>
#include <utility>

namespace hone {
namespace {

struct Range {
  char32_t first, last;
};

// The ranges that Unicode 15.0 assigned, ascending: utf8proc 2.8 has its tables. A utf8proc with a later
// version needs more rows; the tests count every category.
constexpr std::array<Range, 32> kAssignedAfter14{{
    {0x0CF3, 0x0CF3},   {0x0ECE, 0x0ECE},   {0x10EFD, 0x10EFF}, {0x1123F, 0x11241}, {0x11B00, 0x11B09},
    {0x11F00, 0x11F10}, {0x11F12, 0x11F3A}, {0x11F3E, 0x11F59}, {0x1342F, 0x1342F}, {0x13439, 0x13455},
    {0x1B132, 0x1B132}, {0x1B155, 0x1B155}, {0x1D2C0, 0x1D2D3}, {0x1DF25, 0x1DF2A}, {0x1E030, 0x1E06D},
    {0x1E08F, 0x1E08F}, {0x1E4D0, 0x1E4F9}, {0x1F6DC, 0x1F6DC}, {0x1F774, 0x1F776}, {0x1F77B, 0x1F77F},
    {0x1F7D9, 0x1F7D9}, {0x1FA75, 0x1FA77}, {0x1FA87, 0x1FA88}, {0x1FAAD, 0x1FAAF}, {0x1FABB, 0x1FABD},
    {0x1FABF, 0x1FABF}, {0x1FACE, 0x1FACF}, {0x1FADA, 0x1FADB}, {0x1FAE8, 0x1FAE8}, {0x1FAF7, 0x1FAF8},
    {0x2B739, 0x2B739}, {0x31350, 0x323AF},
}};

// BERT's own list (BasicTokenizer._is_chinese_char); U+2B739 above is unassigned and never reaches it.
constexpr std::array<Range, 8> kIdeographs{{
    {0x3400, 0x4DBF},
    {0x4E00, 0x9FFF},
    {0xF900, 0xFAFF},
    {0x20000, 0x2A6DF},
    {0x2A700, 0x2B73F},
    {0x2B740, 0x2B81F},
    {0x2B820, 0x2CEAF},
    {0x2F800, 0x2FA1F},
}};

template <size_t N>
bool in_ranges(const std::array<Range, N>& ranges, char32_t code) {
  if (code < ranges.front().first) return false;
  const auto range = std::partition_point(ranges.begin(), ranges.end(),
                                          [code](const Range& candidate) { return candidate.last < code; });
  return range != ranges.end() && range->first <= code;
}

utf8proc_category_t category_of(char32_t code) {
  if (in_ranges(kAssignedAfter14, code)) return UTF8PROC_CATEGORY_CN;
  return utf8proc_category(static_cast<utf8proc_int32_t>(code));
}

CharKind ascii_kind(char32_t code) {
  if (code == ' ' || code == '\t' || code == '\n' || code == '\r') return CharKind::space;
  if (code < ' ' || code == 0x7F) return CharKind::removed;
  const bool alphanumeric =
      (code >= '0' && code <= '9') || (code >= 'A' && code <= 'Z') || (code >= 'a' && code <= 'z');
  return alphanumeric ? CharKind::letter : CharKind::punctuation;
}

int combining_class(char32_t code) {
  return static_cast<int>(utf8proc_get_property(static_cast<utf8proc_int32_t>(code))->combining_class);
}

// Applies Unicode's canonical ordering: sorts each run of non-starters by combining class, ties in place.
void order_marks(std::u32string& text) {
  const auto starter = [](char32_t code) { return combining_class(code) == 0; };
  for (auto at = text.begin(); at != text.end();) {
    const auto begin = std::find_if_not(at, text.end(), starter);
    const auto end = std::find_if(begin, text.end(), starter);
    if (end - begin > 1) {
      std::stable_sort(begin, end,
                       [](char32_t a, char32_t b) { return combining_class(a) < combining_class(b); });
    }
    at = end;
  }
}

}  // namespace

CharKind kind_of(char32_t code) {
  if (code < 0x80) return ascii_kind(code);
  if (code == 0xFFFD) return CharKind::removed;
  switch (category_of(code)) {
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_CO:
    case UTF8PROC_CATEGORY_CS:
    case UTF8PROC_CATEGORY_CN:
      return CharKind::removed;
    case UTF8PROC_CATEGORY_ZS:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
      return CharKind::space;
    case UTF8PROC_CATEGORY_PC:
    case UTF8PROC_CATEGORY_PD:
    case UTF8PROC_CATEGORY_PS:
    case UTF8PROC_CATEGORY_PE:
    case UTF8PROC_CATEGORY_PI:
    case UTF8PROC_CATEGORY_PF:
    case UTF8PROC_CATEGORY_PO:
      return CharKind::punctuation;
    default:
      return in_ranges(kIdeographs, code) ? CharKind::ideograph : CharKind::letter;
  }
}

bool is_nonspacing_mark(char32_t code) { return code >= 0x300 && category_of(code) == UTF8PROC_CATEGORY_MN; }

void append_lower(std::u32string& text, char32_t code) {
  if (code == 0x130) {  // the one code point whose lower case is two; utf8proc maps it to `i` alone
    text += U"i\u0307";
  } else {
    text += static_cast<char32_t>(utf8proc_tolower(static_cast<utf8proc_int32_t>(code)));
  }
}

void strip_accents(std::u32string& text, std::u32string& scratch) {
  scratch.clear();
  for (const char32_t code : text) {
    utf8proc_int32_t parts[8];  // the longest canonical decomposition has 4
    int boundary = 0;
    const auto count =
        utf8proc_decompose_char(static_cast<utf8proc_int32_t>(code), parts, 8, UTF8PROC_DECOMPOSE, &boundary);
    for (utf8proc_ssize_t i = 0; i < count; ++i) scratch += static_cast<char32_t>(parts[i]);
  }
  order_marks(scratch);
  std::erase_if(scratch, is_nonspacing_mark);
  std::swap(text, scratch);
}

std::string composed(std::string_view text) {
  utf8proc_uint8_t* bytes = nullptr;
  const auto size = utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                 static_cast<utf8proc_ssize_t>(text.size()), &bytes,
                                 static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE));
  const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owned(bytes, &std::free);
  if (size < 0) return std::string(text);
  return {reinterpret_cast<const char*>(bytes), static_cast<size_t>(size)};
}

}  // namespace hone
