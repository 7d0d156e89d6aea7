#include "core/utf8.h"

#include <gtest/gtest.h>

namespace hone {
namespace {

TEST(Utf8, EveryScalarValueSurvivesTheRoundTrip) {
  for (char32_t code = 0; code <= 0x10FFFF; ++code) {
    if (code >= 0xD800 && code <= 0xDFFF) continue;
    std::string text;
    append_utf8(text, code);
    size_t at = 0;
    ASSERT_EQ(decode_utf8(text, at), code);
    ASSERT_EQ(at, text.size());
  }
}

TEST(Utf8, RefusesMalformedBytes) {
  const char* const malformed[] = {"\x80",
                                   "\xBF",
                                   "\xC0\x80",
                                   "\xC1\xBF",
                                   "\xC3",
                                   "\xC3\x28",
                                   "\xE0\x9F\xBF",
                                   "\xE2\x82",
                                   "\xE2\x28\xA1",
                                   "\xED\xA0\x80",
                                   "\xED\xBF\xBF",
                                   "\xF0\x9F\x98",
                                   "\xF0\x8F\xBF\xBF",
                                   "\xF4\x90\x80\x80",
                                   "\xF5\x80\x80\x80",
                                   "\xF8\x88\x80\x80\x80",
                                   "\xFE",
                                   "\xFF",
                                   "\xF0\x28\x8C\xBC"};
  for (const std::string text : malformed) {
    size_t at = 0;
    EXPECT_EQ(decode_utf8(text, at), kInvalidUtf8);
    EXPECT_EQ(at, 0u);
  }
}

}  // namespace
}  // namespace hone
