#include "data/files/text_file.h"

#include <gmock/gmock.h>

#include "tests/data/temporary_folder.h"

namespace hone {
namespace {

using test::failure_of;
using test::TemporaryFolder;
using testing::HasSubstr;
using namespace std::string_literals;

std::vector<std::string> texts(const TextFile& file) {
  std::vector<std::string> result;
  for (const auto& line : file.lines()) result.emplace_back(line.text);
  return result;
}

test::Failure failure_with(std::string_view bytes) {
  const TemporaryFolder folder;
  const auto path = folder.write("x.tsv", bytes);
  return failure_of([&] { TextFile file(path); });
}

TEST(TextFile, LinesLoseTheirEndsTheBomAndBlankOnes) {
  const TemporaryFolder folder;
  const TextFile file(folder.write("x",
                                   "\xEF\xBB\xBF"
                                   "a\r\n\n \n\tb \r\r\nc"));
  EXPECT_EQ(texts(file), (std::vector<std::string>{"a", "\tb \r", "c"}));
  EXPECT_EQ(file.lines()[1].number, 4);
  EXPECT_EQ(file.blank_lines(), 2);
  EXPECT_TRUE(TextFile(folder.write("empty", "")).lines().empty());
}

TEST(TextFile, OnlyLfEndsALine) {
  const TemporaryFolder folder;
  const TextFile file(folder.write("x", "a\rb\vc\fd\u0085e\u2028f\n"));
  EXPECT_EQ(file.lines().size(), 1u);
}

TEST(TextFile, InvalidUtf8IsRefusedWithItsLine) {
  const auto failure = failure_with("fine\nbad \xff\n");
  EXPECT_EQ(failure.kind, ErrorKind::data);
  EXPECT_THAT(failure.message, HasSubstr("x.tsv: line 2: invalid UTF-8 at byte 4"));
}

TEST(TextFile, ANulIsRefusedWithItsLine) {
  EXPECT_THAT(failure_with("a\nb\0c\n"s).message, HasSubstr("line 2: a NUL byte"));
}

TEST(TextFile, TheFirstFiveProblemsAndTheTotalAreShown) {
  const auto message = failure_with("\xff\n\xff\n\xff\n\xff\n\xff\n\xff\n\xff\n").message;
  EXPECT_THAT(message, HasSubstr("line 5: "));
  EXPECT_THAT(message, testing::Not(HasSubstr("line 6: ")));
  EXPECT_THAT(message, HasSubstr("7 such lines in all"));
}

TEST(TextFile, AMissingFileAndAFolderAreDataErrors) {
  const TemporaryFolder folder;
  EXPECT_EQ(failure_of([&] { TextFile file(folder / "none"); }).kind, ErrorKind::data);
  EXPECT_EQ(failure_of([&] { TextFile file(folder.path()); }).kind, ErrorKind::data);
}

TEST(TsvFile, FieldsAreSplitAtTabsWithoutQuoting) {
  const TemporaryFolder folder;
  const TsvFile file(folder.write("x", "one\ttwo\n\"a\tb\"\n\t\nx\n"));
  std::vector<std::vector<std::string>> rows;
  file.for_each_row([&](int64_t, const auto& fields) { rows.emplace_back(fields.begin(), fields.end()); });
  EXPECT_EQ(rows, (std::vector<std::vector<std::string>>{{"\"a", "b\""}, {"", ""}, {"x"}}));
  EXPECT_EQ(file.column("two"), 1u);
  EXPECT_FALSE(file.has("three"));
  const auto failure = failure_of([&] { file.column("three"); });
  EXPECT_EQ(failure.kind, ErrorKind::data);
  EXPECT_THAT(failure.message, HasSubstr("x: line 1: wrong header: no column \"three\" in \"one\\ttwo\""));
}

TEST(TsvFile, AnEmptyFileIsRefused) {
  const TemporaryFolder folder;
  EXPECT_THAT(failure_of([&] { TsvFile file(folder.write("x", "\n\n")); }).message, HasSubstr("x: empty"));
}

}  // namespace
}  // namespace hone
