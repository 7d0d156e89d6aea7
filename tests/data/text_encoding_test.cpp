#include "data/files/text_encoding.h"

#include <gmock/gmock.h>

#include "data/files/text_file.h"
#include "tests/data/temporary_folder.h"

namespace hone {
namespace {

using test::failure_of;
using testing::HasSubstr;
using namespace std::string_literals;

constexpr TextForm kAutomatic{.is_chosen = true};

// The expectations are Python's bytes.decode(); under "replace" with errors="replace".
struct Case {
  TextEncoding encoding;
  std::string bytes, text, note;
  int64_t replaced = 0;
};
const std::vector<Case>& cases() {
  using enum TextEncoding;
  static const std::vector<Case> all{
      {automatic, "caf\xC3\xA9", "café", ""},
      {automatic,
       "\xEF\xBB\xBF"
       "é",
       "é", ""},
      {utf8,
       "\xEF\xBB\xBF"
       "é",
       "é", ""},
      {automatic,
       "\xFF\xFE"
       "a\0\xE9\0"s,
       "aé", "read as UTF-16 (little endian), as its byte order mark says"},
      {automatic, "\xFE\xFF\0a\0\xE9"s, "aé", "read as UTF-16 (big endian), as its byte order mark says"},
      {automatic, "\xFF\xFE\0\0a\0\0\0\0\xF6\1\0"s, "a\U0001F600",
       "read as UTF-32 (little endian), as its byte order mark says"},
      {automatic, "\0\0\xFE\xFF\0\0\0a"s, "a", "read as UTF-32 (big endian), as its byte order mark says"},
      {utf16, "\xFE\xFF\0a"s, "a", "read as UTF-16 (big endian), as its byte order mark says"},
      {utf16, "a\0b\0"s, "ab", "read as UTF-16 (little endian), as its zero bytes show"},
      {utf16, "\0a\0b"s, "ab", "read as UTF-16 (big endian), as its zero bytes show"},
      {utf16_le, "a\0=\xD8\0\xDE"s, "a\U0001F600", ""},
      {utf16_be, "\0a\xD8=\xDE\0"s, "a\U0001F600", ""},
      {utf16_le,
       "a\0=\xD8"
       "b\0"s,
       "a\uFFFDb", "", 1},
      {utf16_le,
       "\0\xDE"
       "b\0"s,
       "\uFFFDb", "", 1},
      {utf16_le, "a\0b"s, "a\uFFFD", "", 1},
      {cp1252,
       "\x93"
       "caf\xE9\x94 \x80 5",
       "“café” € 5", ""},
      {cp1252, "a\x81z", "a\uFFFDz", "", 1},
      {cp1252,
       "\xEF\xBB\xBF"
       "é",
       "é", "read as UTF-8, as its byte order mark says"},
      {latin1, "caf\xE9", "café", ""},
      {latin1, "\x80", "\u0080",
       "1 control characters 80 to 9F were read as latin-1; cp1252 has letters there"},
      {utf8, "a\xFFz", "a\uFFFDz", "", 1},
      {automatic, "\xED\xA0\x80", "\uFFFD\uFFFD\uFFFD", "", 3},
      {automatic, "", "", ""},
      {utf16, "", "", "read as UTF-16 (little endian), as its zero bytes show"},
  };
  return all;
}

TEST(TextEncodings, AreRead) {
  for (const Case& one : cases()) {
    SCOPED_TRACE(testing::PrintToString(one.bytes));
    const auto read = decode_text(one.bytes, {one.encoding, EncodingErrors::replace, true});
    EXPECT_EQ(read.text, one.text);
    EXPECT_EQ(read.note, one.note);
    EXPECT_EQ(read.replaced, one.replaced);
  }
}

TEST(TextEncodings, AreRefusedWithTheirLineWhereTheyAreBroken) {
  for (const Case& one : cases()) {
    SCOPED_TRACE(testing::PrintToString(one.bytes));
    const TextForm form{one.encoding, EncodingErrors::strict, true};
    if (one.replaced == 0) {
      EXPECT_EQ(TextFile("x", one.bytes, form).text(), one.text);
      continue;
    }
    const auto failure = failure_of([&] { TextFile("x", one.bytes, form); });
    EXPECT_EQ(failure.kind, ErrorKind::data);
    EXPECT_THAT(failure.message, HasSubstr("x: line 1: "));
  }
}

// The options that a message advises read the file that it is about.
TEST(TextEncodings, TheAdviceWorks) {
  const struct {
    TextForm form;
    std::string bytes, advice;
    TextForm advised;
  } all[] = {
      {kAutomatic, "a\nna\xEFve\n", "take encoding cp1252", {.encoding = TextEncoding::cp1252}},
      {kAutomatic,
       "caf\xC3\xA9 \xFF\n",
       "or take encoding_errors replace",
       {.errors = EncodingErrors::replace}},
      {kAutomatic, "a\x81\n", "or take encoding_errors replace", {.errors = EncodingErrors::replace}},
      {kAutomatic, "a\0b\0\n\0"s, "take encoding utf-16", {.encoding = TextEncoding::utf16}},
      {{TextEncoding::cp1252, EncodingErrors::strict, true},
       "a\x81\n",
       "take encoding latin-1",
       {.encoding = TextEncoding::latin1}},
      {{TextEncoding::utf16_le, EncodingErrors::strict, true},
       "\0\xD8"s,
       "take encoding_errors replace",
       {TextEncoding::utf16_le, EncodingErrors::replace}},
      {{},
       "na\xEFve\n",
       "convert the file to UTF-8, or take encoding_errors replace",
       {.errors = EncodingErrors::replace}},
  };
  for (const auto& one : all) {
    SCOPED_TRACE(testing::PrintToString(one.bytes));
    const auto failure = failure_of([&] { TextFile("x", one.bytes, one.form); });
    EXPECT_THAT(failure.message, HasSubstr(one.advice));
    EXPECT_FALSE(failure.settings.empty());
    EXPECT_FALSE(TextFile("x", one.bytes, one.advised).lines().empty());
  }
  const auto nul = failure_of([&] { TextFile("x", "some text\0\n"s, kAutomatic); });
  EXPECT_THAT(nul.message, HasSubstr("a NUL byte, which no text file holds; remove the NUL bytes"));
}

TEST(TextEncodings, LinesOfAnOldMacEndWithCr) {
  const TextFile file("x", "a\rb\r\rc\r", {});
  ASSERT_EQ(file.lines().size(), 3u);
  EXPECT_EQ(file.lines()[2].text, "c");
  EXPECT_EQ(file.lines()[2].number, 4);
}

}  // namespace
}  // namespace hone
