#include "text/unicode.h"

#include <gtest/gtest.h>

#include <map>

namespace hone {
namespace {

template <class Use>
void for_each_scalar(Use use) {
  for (char32_t code = 0; code <= 0x10FFFF; ++code) {
    if (code < 0xD800 || code > 0xDFFF) use(code);
  }
}

std::u32string lower(char32_t code) {
  std::u32string text;
  append_lower(text, code);
  return text;
}

std::u32string stripped(std::u32string text) {
  std::u32string scratch;
  strip_accents(text, scratch);
  return text;
}

// Counts of Unicode 14.0.0 (CPython 3.11's unicodedata): with another utf8proc they show which category
// changed.
TEST(Unicode, CategoriesAreThoseOfVersion14) {
  std::map<CharKind, int> kinds;
  int marks = 0;
  for_each_scalar([&](char32_t code) {
    ++kinds[kind_of(code)];
    if (is_nonspacing_mark(code)) ++marks;
  });
  EXPECT_EQ(marks, 1950);
  EXPECT_EQ(kinds[CharKind::punctuation], 828);
  EXPECT_EQ(kinds[CharKind::space], 17 + 3 + 2);  // Zs; tab, LF, CR; U+2028 and U+2029
  EXPECT_EQ(kinds[CharKind::removed], 65 - 3 + 163 + 137468 + 829834 + 1);  // the 1: U+FFFD
}

TEST(Unicode, LowerCaseIsTheFullMappingOfVersion14) {
  int changed = 0;
  for_each_scalar([&](char32_t code) { changed += lower(code) != std::u32string(1, code); });
  EXPECT_EQ(changed, 1433);
  EXPECT_EQ(lower(0x130), U"i\u0307");
  EXPECT_EQ(lower(0x3A3), U"\u03c3");
  EXPECT_EQ(lower(0x1E9E), U"\u00df");
  EXPECT_EQ(lower(0x212A), U"k");
}

TEST(Unicode, AccentsAreStrippedCanonically) {
  EXPECT_EQ(stripped(U"caf\u00e9"), U"cafe");
  EXPECT_EQ(stripped(U"\ufb01"), U"\ufb01");  // a compatibility decomposition is not canonical
  EXPECT_EQ(stripped(U"\uac00"), U"\u1100\u1161");
  EXPECT_EQ(stripped(U"\u226e"), U"<");
  EXPECT_EQ(stripped(U"\uf900"), U"\u8c48");
  EXPECT_EQ(stripped(U""), U"");
}

TEST(Unicode, MarksThatStayAreInCanonicalOrder) {
  // Two spacing marks (Mc) with classes 224 and 216, an Mn between them: sorted first, dropped after.
  EXPECT_EQ(stripped(U"a\u302e\u0301\U0001d165"), U"a\U0001d165\u302e");
  EXPECT_EQ(stripped(U"a\u302eb\U0001d165"), U"a\u302eb\U0001d165");
}

TEST(Unicode, ALongRunOfMarksIsOrderedQuickly) {
  std::u32string text;
  for (int i = 0; i < 200000; ++i) text += U"\U0001d165\u302e\u0301";
  const auto result = stripped(text);
  EXPECT_EQ(result.size(), 400000u);
  EXPECT_EQ(result.front(), 0x1d165u);
  EXPECT_EQ(result.back(), 0x302eu);
}

}  // namespace
}  // namespace hone
