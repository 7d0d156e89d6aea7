#include "data/sets/record_file.h"

#include <gmock/gmock.h>

#include "core/utf8.h"
#include "data/sets/delimiter.h"
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
    return RecordFile::read(folder_.write("x", text), {.format = format});
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
  EXPECT_THAT(refusal("a,b\n\"1\n\",\"2\n\n"),
              HasSubstr("line 3: the quoted field that begins here has no end"));
  EXPECT_THAT(refusal("a,b\n\"1\"x,2\n"), HasSubstr("line 2: text after the end of a quoted field"));
  EXPECT_THAT(refusal(""), HasSubstr("empty"));
  EXPECT_THAT(refusal("a\n\xFF\n"), HasSubstr("line 2: invalid UTF-8"));
}

// Cases that Python's csv reads, too.
TEST_F(Records, AQuoteInsideAPlainFieldIsACharacter) {
  const auto file = read("a,b\n5\" pipe,x\"y\"\n\"quoted\" , z\n");
  EXPECT_EQ(file.rows[0].fields, (Fields{"5\" pipe", "x\"y\""}));
  EXPECT_EQ(file.rows[1].fields, (Fields{"quoted", " z"})) << "blanks behind a quoted field";
}

// The delimiter of a header, by what it makes of it.
TEST_F(Records, TheDelimiterIsTheOneThatMakesTheColumns) {
  const std::vector<std::string> wanted{"sentence", "label"};
  const struct {
    std::string text;
    const char* name;
    char delimiter;
    std::string note;
  } cases[] = {
      {"sentence,label\n", "x.csv", ',', ""},
      {"sentence;label\n", "x.csv", ';', "separated by \";\", as its header shows"},
      {"sentence\tlabel\n", "x.csv", '\t', "separated by TAB, as its header shows"},
      {"sentence|label\n", "x.csv", '|', "separated by \"|\", as its header shows"},
      {"\"sentence\";\"label\"\n", "x.csv", ';', "separated by \";\", as its header shows"},
      {"id;sentence;a,b,c,d;label\n", "x.csv", ';', "separated by \";\", as its header shows"},
      {"sentence;label\n", "x.tsv", ';', "separated by \";\", as its header shows"},
      {"sentence,label\n", "x.tsv", ',', "separated by \",\", as its header shows"},
      {"sentence\tlabel\n", "x.tsv", '\t', ""},
      {"sentence\n", "x.csv", ',', ""},
      {"sentence\n", "x.tsv", '\t', ""},
      {"a|b|c\n", "x.csv", '|', "separated by \"|\", as its header shows"},
      {"sep=;\nsentence;label\n", "x.csv", ';', "separated by \";\", as its line sep= says"},
      {"sep=\t\r\nsentence\tlabel\n", "x.csv", '\t', "separated by TAB, as its line sep= says"},
      {"\"sep=;\"\nsentence;label\n", "x.csv", ';', "separated by \";\", as its line sep= says"},
      {"sep=,\nsentence,label\n", "x.csv", ',', "separated by \",\", as its line sep= says"},
  };
  for (const auto& one : cases) {
    SCOPED_TRACE(one.text + one.name);
    const char usual = record_format(one.name) == RecordFormat::csv ? ',' : '\t';
    const Delimiter found = find_delimiter(one.text, std::nullopt, usual, wanted);
    EXPECT_EQ(found.character, one.delimiter);
    EXPECT_EQ(found.note, one.note);
    const std::string row =
        one.text.find("id;") == 0 ? "7;good, really;x;1\n" : std::string("good") + one.delimiter + "1\n";
    const auto file = RecordFile::read(folder_.write(one.name, one.text + row), {.wanted = wanted});
    ASSERT_EQ(file.rows.size(), 1u);
    EXPECT_EQ(file.rows[0].line, one.text.find("sep=") < 2 ? 3 : 2);
    if (file.has("label")) {
      EXPECT_EQ(file.rows[0].fields[file.column("label")], "1");
    }
  }
}

TEST_F(Records, AChosenDelimiterWins) {
  const auto path = folder_.write("x.csv", "sep=;\na,b;c\n1,2;3\n");
  const auto file = RecordFile::read(path, {.delimiter = ';'});
  EXPECT_EQ(file.names, (Fields{"a,b", "c"}));
  EXPECT_EQ(RecordFile::read(path, {.delimiter = ','}).names, (Fields{"a", "b;c"}));
  EXPECT_EQ(RecordFile::read(folder_.write("y.tsv", "a^b\n\"1^2\"^3\n"), {.delimiter = '^'}).rows[0].fields,
            (Fields{"1^2", "3"}));
  const RecordForm plain{.format = RecordFormat::tsv, .delimiter = '^'};
  EXPECT_EQ(RecordFile::read(folder_.write("y.tsv", "a^b\n\"1^2\"\n"), plain).rows[0].fields,
            (Fields{"\"1", "2\""}))
      << "format tsv knows no quotes";
}

TEST_F(Records, AFileWhoseNameDoesNotTellIsKnownByItsBeginning) {
  const struct {
    const char* text;
    RecordFormat format;
    const char* note;
  } cases[] = {
      {"sentence\tlabel\n\"a\t1\n", RecordFormat::tsv, "read as TSV, as its beginning shows"},
      {"sentence,label\n\"a\",1\n", RecordFormat::csv, "read as CSV, as its beginning shows"},
      {"sentence;label\na;1\n", RecordFormat::csv, "read as CSV, as its beginning shows"},
      {"{\"sentence\":\"a\",\"label\":1}\n", RecordFormat::jsonl, "read as JSON, as its beginning shows"},
      {"\n [{\"sentence\":\"a\",\"label\":1}]", RecordFormat::jsonl, "read as JSON, as its beginning shows"},
  };
  for (const auto& one : cases) {
    const auto file = RecordFile::read(folder_.write("x.txt", one.text), {.wanted = {"sentence", "label"}});
    EXPECT_EQ(file.format, one.format) << one.text;
    EXPECT_EQ(file.notes[0], one.note);
    EXPECT_EQ(file.rows[0].fields[file.column("label")], "1") << one.text;
  }
}

TEST_F(Records, QuotesThatTsvKeepsAreSaid) {
  const std::string text = "sentence\tlabel\n\"a\"\t1\nb\t0\n\"c\"\t1\n";
  EXPECT_THAT(read(text, RecordFormat::tsv).notes, ElementsAre(HasSubstr("its fields stand in quotes")));
  EXPECT_TRUE(read("sentence\tlabel\n\"a\t1\nb\t0\n", RecordFormat::tsv).notes.empty());
  EXPECT_THAT(read("\"sentence\"\t\"label\"\na\t1\n", RecordFormat::tsv).notes, testing::SizeIs(1));
}

TEST_F(Records, ColumnsAreFoundInOtherCaseAndWithBlanks) {
  const auto file = read("Sentence, LABEL ,x,X\na,1,2,3\n");
  EXPECT_EQ(file.column("sentence"), 0u);
  EXPECT_EQ(file.column("label"), 1u);
  EXPECT_EQ(file.column("X"), 3u) << "the same name goes before";
  const auto twice = read("Label,LABEL\na,1\n");
  EXPECT_FALSE(twice.has("label"));
  EXPECT_THAT(failure_of([&] { twice.column("label"); }).message,
              HasSubstr("more than one column \"label\""));
  const auto one = failure_of([&] { read("a:b\n1:2\n").column("a"); });
  EXPECT_THAT(one.message, HasSubstr("not separated by \",\", name what does with delimiter"));
  EXPECT_EQ(one.settings, Error::Settings{"delimiter"});
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

// One set of rows, written in every way that people write JSON.
TEST_F(Records, JsonIsLinesOrAnArrayOrSpread) {
  for (const std::string text : {
           "{\"s\":\"a, ]}\\\"\",\"n\":1}\n{\"s\":\"b\",\"n\":2}\n",
           "[{\"s\":\"a, ]}\\\"\",\"n\":1},{\"s\":\"b\",\"n\":2}]",
           "[\n  {\n    \"s\": \"a, ]}\\\"\",\n    \"n\": 1\n  },\n  {\n    \"s\": \"b\",\n    \"n\": 2\n  "
           "}\n]\n",
           "{\n  \"s\": \"a, ]}\\\"\",\n  \"n\": 1\n}\n{\n  \"s\": \"b\",\n  \"n\": 2\n}\n",
           "\xEF\xBB\xBF [ {\"n\":1,\"s\":\"a, ]}\\\"\"}\r\n, {\"n\":2,\"s\":\"b\"} ] \r\n",
       }) {
    const auto file = read(text, RecordFormat::jsonl);
    ASSERT_EQ(file.rows.size(), 2u) << text;
    EXPECT_EQ(file.rows[0].fields[file.column("s")], "a, ]}\"") << text;
    EXPECT_EQ(file.rows[1].fields[file.column("n")], "2") << text;
  }
  EXPECT_EQ(read("[\n{\"s\":1},\n\n{\"s\":2}]", RecordFormat::jsonl).rows[1].line, 4);
  EXPECT_THAT(refusal("[]", RecordFormat::jsonl), HasSubstr("empty"));
  EXPECT_THAT(refusal("[{\"s\":1}", RecordFormat::jsonl), HasSubstr("the array has no end"));
  EXPECT_THAT(refusal("[{\"s\":1},\n", RecordFormat::jsonl), HasSubstr("the array has no end"));
  EXPECT_THAT(refusal("[{\"s\":1},\n]", RecordFormat::jsonl), HasSubstr("line 2: JSON: invalid JSON"));
  EXPECT_THAT(refusal("[{\"s\":1}\n{\"s\":2}]", RecordFormat::jsonl), HasSubstr("line 2: no comma between"));
  EXPECT_THAT(refusal("[{\"s\":1}]\nx", RecordFormat::jsonl), HasSubstr("line 2: text behind the end"));
  EXPECT_THAT(refusal("[{\"s\":1},\n{\"s\":}]", RecordFormat::jsonl),
              HasSubstr("line 2: JSON: invalid JSON"));
  EXPECT_THAT(refusal("{\n\"s\":1}\n}\n", RecordFormat::jsonl), HasSubstr("line 3: JSON: invalid JSON"));
  EXPECT_THAT(refusal("{\"s\":{\"0\":\"a\"},\"n\":{\"0\":1}}", RecordFormat::jsonl),
              HasSubstr("to_json(orient=\"records\", lines=True)"));
}

TEST_F(Records, AMemberThatIsWantedMayComeLater) {
  const auto path =
      folder_.write("x.jsonl", "{\"sentence\":\"a\"}\n{\"sentence\":\"b\",\"label\":1,\"x\":2}\n");
  const auto file = RecordFile::read(path, {.wanted = {"sentence", "label"}});
  EXPECT_EQ(file.names, (Fields{"sentence", "label"}));
  EXPECT_EQ(file.rows[0].not_texts, (std::vector<std::pair<size_t, std::string>>{{1, "missing"}}));
  EXPECT_EQ(file.rows[1].fields, (Fields{"b", "1"}));
}

// The expectations are Python's json.loads followed by encode("utf-8", "replace") with U+FFFD.
TEST_F(Records, ALoneSurrogateIsReplacedOnDemand) {
  const struct {
    const char *escaped, *expected;
    int64_t replaced;
  } cases[] = {{R"(\ud83d\ude00)", "\U0001F600", 0},
               {R"(a\ud800b)", "a\uFFFDb", 1},
               {R"(\udc00)", "\uFFFD", 1},
               {R"(\uD83D\uD83D\uDE00)", "\uFFFD\U0001F600", 1},
               {R"(\ud800\ud800)", "\uFFFD\uFFFD", 2},
               {R"(\\ud800)", "\\ud800", 0},
               {R"(\ud800\n)", "\uFFFD\n", 1},
               {R"(\u00e9\ud8)", "", -1}};
  for (const auto& one : cases) {
    const auto path = folder_.write("x.jsonl", std::string("{\"s\":\"") + one.escaped + "\"}\n");
    RecordForm form{.text = {.errors = EncodingErrors::replace}};
    if (one.replaced < 0) {
      EXPECT_EQ(failure_of([&] { RecordFile::read(path, form); }).kind, ErrorKind::data);
      continue;
    }
    const auto file = RecordFile::read(path, form);
    EXPECT_EQ(file.rows[0].fields[0], one.expected) << one.escaped;
    EXPECT_EQ(file.replaced, one.replaced) << one.escaped;
    if (one.replaced == 0) continue;
    const auto failure = failure_of([&] { RecordFile::read(path); });
    EXPECT_THAT(failure.message,
                HasSubstr("line 1: a lone surrogate, which is no character; take encoding_errors replace"));
    EXPECT_EQ(failure.settings, Error::Settings{"encoding_errors"});
  }
}

TEST_F(Records, TheFormatFollowsTheExtension) {
  EXPECT_EQ(record_format("a.b.tsv"), RecordFormat::tsv);
  EXPECT_EQ(record_format("a.csv"), RecordFormat::csv);
  EXPECT_EQ(record_format("a.jsonl"), RecordFormat::jsonl);
  EXPECT_EQ(record_format("a.json"), RecordFormat::jsonl);
  EXPECT_EQ(record_format("a.TSV"), RecordFormat::tsv);
  EXPECT_EQ(record_format("a.csv.gz"), RecordFormat::csv);
  EXPECT_EQ(record_format("data.txt"), std::nullopt);
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
