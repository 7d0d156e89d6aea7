#include "data/sets/record_file.h"

#include <gmock/gmock.h>

#include "core/utf8.h"
#include "tests/data/temporary_folder.h"

namespace hone {
namespace {

using test::failure_of;
using test::TemporaryFolder;
using testing::ElementsAre;
using testing::HasSubstr;
using Fields = std::vector<std::string>;

class Records : public testing::Test {
 protected:
  RecordFile read(const std::string& text, RecordFormat format = RecordFormat::csv) {
    return RecordFile::read(folder_.write("x", text), format);
  }
  std::string refusal(const std::string& text, RecordFormat format = RecordFormat::csv) {
    const auto failure = failure_of([&] { read(text, format); });
    EXPECT_EQ(failure.kind, ErrorKind::data);
    return failure.message;
  }
  TemporaryFolder folder_;
};

// The examples of RFC 4180, section 2.
TEST_F(Records, CsvIsRfc4180) {
  const auto file =
      read("\xEF\xBB\xBF\"a\",b,c\r\n1,\"2, and \"\"x\"\"\",3\r\n\"line\r\n\nend\",,\"\"\n4, 5 ,\"6\"");
  EXPECT_EQ(file.names, (Fields{"a", "b", "c"}));
  ASSERT_EQ(file.rows.size(), 3u);
  EXPECT_EQ(file.rows[0].fields, (Fields{"1", "2, and \"x\"", "3"}));
  EXPECT_EQ(file.rows[1].fields, (Fields{"line\r\n\nend", "", ""}));
  EXPECT_EQ(file.rows[2].fields, (Fields{"4", " 5 ", "6"}));
  EXPECT_EQ(file.rows[0].line, 2);
  EXPECT_EQ(file.rows[1].line, 3);
  EXPECT_EQ(file.rows[2].line, 6) << "after a field of three lines";
  EXPECT_EQ(read("a\n\n1\n \r\n2\n\n").rows.size(), 2u);
  EXPECT_EQ(read("a\n\n1\n \r\n2\n\n").blank_lines, 3);
  EXPECT_EQ(read("a,b\n1,").rows[0].fields, (Fields{"1", ""}));
  EXPECT_EQ(read("a\n1\r").rows[0].fields, (Fields{"1"}));
}

TEST_F(Records, CsvThatIsNotIsRefusedWithItsLine) {
  EXPECT_THAT(refusal("a,b\n1,2\n3,x\"y\n"), HasSubstr("line 3: a quote inside a field"));
  EXPECT_THAT(refusal("a,b\n\"1\n\",\"2\n\n"),
              HasSubstr("line 3: the quoted field that begins here has no end"));
  EXPECT_THAT(refusal("a,b\n\"1\"x,2\n"), HasSubstr("line 2: text after the end of a quoted field"));
  EXPECT_THAT(refusal(""), HasSubstr("empty"));
  EXPECT_THAT(refusal("a\n\xFF\n"), HasSubstr("line 2: invalid UTF-8"));
}

TEST_F(Records, QuoraIsQuotedWithTabsAndTsvIsNot) {
  const std::string text = "a\tb\n\"x\ty\"\tz, \n";
  EXPECT_EQ(read(text, RecordFormat::quora).rows[0].fields, (Fields{"x\ty", "z, "}));
  EXPECT_EQ(read(text, RecordFormat::tsv).rows[0].fields, (Fields{"\"x", "y\"", "z, "}));
}

TEST_F(Records, JsonLinesGiveTextsAndNumbers) {
  const auto file = read(
      "{\"s\": \"a\\tb\", \"n\": 3, \"x\": [1], \"f\": 0.5, \"t\": true}\n\n{\"t\": false, \"f\": 2.0, "
      "\"n\": -1, "
      "\"s\": \"\"}\n",
      RecordFormat::jsonl);
  using NotTexts = std::vector<std::pair<size_t, std::string>>;
  EXPECT_EQ(file.names, (Fields{"s", "n", "x", "f", "t"}));
  EXPECT_EQ(file.rows[0].fields, (Fields{"a\tb", "3", "", "0.5", "true"}));
  EXPECT_EQ(file.rows[0].not_texts, (NotTexts{{2, "an array"}}));
  EXPECT_EQ(file.rows[1].fields, (Fields{"", "-1", "", "2", "false"}));
  EXPECT_EQ(file.rows[1].not_texts, (NotTexts{{2, "missing"}}));
  EXPECT_EQ(file.rows[1].line, 3);
  EXPECT_EQ(file.blank_lines, 1);
  const auto message = refusal("{\"s\": 1}\n{\"s\": null}\n[]\n{\n{\"t\": 1}\n", RecordFormat::jsonl);
  EXPECT_THAT(message, HasSubstr("line 3: "));
  EXPECT_THAT(message, HasSubstr("2 such lines"));
}

TEST_F(Records, TheFormatFollowsTheExtension) {
  EXPECT_EQ(record_format("a.b.tsv"), RecordFormat::tsv);
  EXPECT_EQ(record_format("a.csv"), RecordFormat::csv);
  EXPECT_EQ(record_format("a.jsonl"), RecordFormat::jsonl);
  const auto failure = failure_of([] { record_format("data.txt"); });
  EXPECT_THAT(failure.message, HasSubstr("or name it with format"));
  EXPECT_EQ(failure.settings, Error::Settings{"format"});
}

TEST_F(Records, ColumnsAreFoundOnce) {
  const auto file = read("a,b,b\n1,2,3\n");
  EXPECT_EQ(file.column("a"), 0u);
  EXPECT_THAT(failure_of([&] { file.column("b"); }).message, HasSubstr("more than one column \"b\""));
  EXPECT_THAT(failure_of([&] { file.column("c"); }).message,
              HasSubstr("no column \"c\"; it has \"a\", \"b\""));
}

// The expectations are Python's: bytes.decode("utf-8", "replace").
TEST(ReplaceInvalidUtf8, IsPythons) {
  const std::string r = "\xEF\xBF\xBD";
  const std::vector<std::pair<std::string, std::string>> cases{
      {"plain \xC3\xA9", "plain \xC3\xA9"},
      {"\xFF", r},
      {"a\xE2\x82z", "a" + r + "z"},
      {"\xF0\x9F\x98", r},
      {"\xC3", r},
      {"\xE0\x80\x80", r + r + r},
      {"\xED\xA0\x80", r + r + r},
      {"\xF4\x90\x80", r + r + r},
      {"\xC0\xAF", r + r},
      {"\xF0\x9F\x98\x80\x80", "\xF0\x9F\x98\x80" + r},
      {"\xE2\x82\xE2\x82\xAC", r + "\xE2\x82\xAC"}};
  for (auto [text, expected] : cases) {
    const std::string before = text;
    const auto count = replace_invalid_utf8(text);
    EXPECT_EQ(text, expected) << testing::PrintToString(before);
    size_t marks = 0;
    for (size_t at = 0; (at = expected.find(r, at)) != std::string::npos; at += 3) ++marks;
    EXPECT_EQ(count, static_cast<int64_t>(marks));
  }
}

}  // namespace
}  // namespace hone
