// Files of one's own in the forms that people have them: each reads as the same rows, or is refused with a
// way out that works.
#include "tests/apps/programs.h"

namespace hone::test {
namespace {

using testing::HasSubstr;
using namespace std::string_literals;

// UTF-16 of characters below U+0100.
std::string utf16(const std::string& latin1, bool big) {
  std::string out;
  for (const char c : latin1) out += big ? std::string({'\0', c}) : std::string({c, '\0'});
  return out;
}

class OwnData : public Programs {
 protected:
  OwnData() {
    auto config = tiny_config();
    config.labels = {"negative", "positive"};
    write_tiny_model(folder_ / "model", true, config);
    folder_.write("good.csv", kCsv);
    expected_ = evaluate("--test-file good.csv").out;
    EXPECT_THAT(expected_, HasSubstr("rows       3\n"));
  }
  ProcessResult evaluate(const std::string& options, const std::string& input = "") const {
    return run("evaluate", "--model model " + options, input);
  }
  void expect_same(const std::string& options, const std::string& said = "", const std::string& input = "") {
    const auto result = evaluate(options, input);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    EXPECT_EQ(result.out, expected_) << options;
    EXPECT_THAT(result.err, HasSubstr(said)) << options;
  }

  static constexpr const char* kCsv =
      "sentence,label\n\"the film, is good .\",positive\ncaf\xC3\xA9 bad,negative\nthe plot \"good\" "
      ".,positive\n";
  std::string expected_;
};

TEST_F(OwnData, ReadsTheSameRowsFromEveryForm) {
  const std::string rows[] = {"the film, is good .", "caf\xC3\xA9 bad", "the plot \"good\" ."};
  const std::string labels[] = {"positive", "negative", "positive"};
  const auto table = [&](const std::string& between, const std::string& end = "\n") {
    std::string text = "sentence" + between + "label" + end;
    for (size_t i = 0; i < 3; ++i) text += rows[i] + between + labels[i] + end;
    return text;
  };
  std::string latin1 = table(";");
  latin1.replace(latin1.find("\xC3\xA9"), 2, "\xE9");
  const std::string objects[] = {R"({"sentence": "the film, is good .", "label": "positive"})",
                                 R"({"sentence": "caf\u00e9 bad", "label": "negative"})",
                                 R"({"label": "positive", "sentence": "the plot \"good\" ."})"};
  const struct {
    const char* name;
    std::string bytes, options, said;
  } cases[] = {
      {"a.csv", table(";"), "", "separated by \";\", as its header shows"},
      {"a.csv", table("\t"), "", "separated by TAB, as its header shows"},
      {"a.csv", table("|"), "", "separated by \"|\", as its header shows"},
      {"a.tsv", table("\t"), "", "label from \"label\""},
      {"a.tsv", table(";"), "", "separated by \";\", as its header shows"},
      {"a.csv", "sep=;\r\n" + table(";", "\r\n"), "", "as its line sep= says"},
      {"a.csv", table("^"), "--delimiter ^", ""},
      {"a.csv", table("\t"), "--delimiter tab", ""},
      {"a.CSV", kCsv, "", ""},
      {"a.csv", "Sentence, Label\n" + std::string(kCsv).substr(15), "", "label from \" Label\""},
      {"a.csv", std::string("\xEF\xBB\xBF") + kCsv, "", ""},
      {"a.csv", std::string("\xEF\xBB\xBF") + kCsv, "--encoding utf-8-sig", ""},
      {"a.csv", latin1, "--encoding cp1252", ""},
      {"a.csv", latin1, "--encoding latin-1", ""},
      {"a.csv", "\xFF\xFE" + utf16(latin1, false), "", "UTF-16 (little endian), as its byte order mark says"},
      {"a.csv", "\xFE\xFF" + utf16(latin1, true), "--encoding utf-16", "UTF-16 (big endian)"},
      {"a.csv", "\xFE\xFF" + utf16(latin1, true), "--encoding cp1252", "as its byte order mark says"},
      {"a.csv", utf16(latin1, false), "--encoding utf-16", "as its zero bytes show"},
      {"a.csv", utf16(latin1, true), "--encoding utf-16", "big endian"},
      {"a.csv", table(";", "\r"), "", ""},
      {"a.txt", table(";"), "", "read as CSV, as its beginning shows"},
      {"a.txt", table("\t"), "", "read as TSV, as its beginning shows"},
      {"a.jsonl", objects[0] + "\n" + objects[1] + "\n" + objects[2] + "\n", "", ""},
      {"a.json", objects[0] + "\n" + objects[1] + "\n" + objects[2] + "\n", "", ""},
      {"a.json", "[" + objects[0] + ",\n" + objects[1] + ",\n" + objects[2] + "]", "", ""},
      {"a.jsonl", "[" + objects[0] + "," + objects[1] + "," + objects[2] + "]", "", ""},
      {"a", "[" + objects[0] + "," + objects[1] + "," + objects[2] + "]", "", "read as JSON"},
      {"a.txt", "[" + objects[0] + "," + objects[1] + "," + objects[2] + "]", "--format json", ""},
  };
  for (const auto& one : cases) {
    SCOPED_TRACE(one.bytes);
    folder_.write(one.name, one.bytes);
    expect_same("--test-file " + std::string(one.name) + " " + one.options, one.said);
  }
}

TEST_F(OwnData, ReadsGzipAndPipes) {
  const std::string in = "cd " + path("") + " && ";
  ASSERT_EQ(run_process(in + "gzip -c good.csv >good.csv.gz && gzip -c good.csv >packed.csv").exit_code, 0);
  expect_same("--test-file good.csv.gz");
  expect_same("--test-file packed.csv", "unpacked as gzip");
  expect_same("--test-file /dev/stdin", "read as CSV, as its beginning shows", kCsv);
  expect_same("--test-file /dev/stdin --format csv", "", slurp(folder_ / "good.csv.gz"));
  const std::string evaluate = program("evaluate") + " --model model --test-file ";
  const auto substituted =
      run_process(in + "bash -c " + shell_quoted("exec " + evaluate + "<(cat good.csv)"));
  EXPECT_EQ(substituted.out, expected_) << substituted.err;
  const auto fifo = run_process(in + "mkfifo pipe && (cat good.csv >pipe &) && exec " + evaluate + "pipe");
  EXPECT_EQ(fifo.out, expected_) << fifo.err;
}

TEST_F(OwnData, APipeGivesOneSplitOfOneRun) {
  const std::string rows = "sentence\tlabel\ngood\tyes\nbad\tno\n";
  folder_.write("own.tsv", rows);
  const auto train = [&](const std::string& options) {
    return run("sst2", "--model base --quiet " + options, rows);
  };
  EXPECT_EQ(train("--train-file /dev/stdin --validation-file own.tsv --epochs 1 --output run").exit_code, 0);
  EXPECT_EQ(train("--resume --epochs 2 --output run").exit_code, 0) << "the same rows are piped again";
  expect_failure(train("--train-file /dev/stdin --validation-file /dev/stdin --epochs 1"), 3,
                 "a pipe can be read once and cannot give two splits; save its rows in a file");
  expect_failure(train("--train-file /dev/stdin --validation-file own.tsv --runs 2"), 2,
                 "a pipe that can be read once; save its rows in a file");
}

// Each refusal names a remedy; with that the file is read.
TEST_F(OwnData, WhatIsRefusedHasAWayOut) {
  std::string cp1252 = kCsv;
  cp1252.replace(cp1252.find("\xC3\xA9"), 2, "\xE9");
  std::string undefined = kCsv;
  undefined.replace(undefined.find("\xC3\xA9"), 2, "\x81");
  const std::string carets = "sentence^label\nthe film is good .^positive\nbad^negative\n";
  const struct {
    const char* name;
    std::string bytes, options, message, remedy;
  } cases[] = {
      {"a.csv", cp1252, "",
       "line 3: invalid UTF-8 at byte 3 of the line; if it comes from Windows, take --encoding cp1252",
       "--encoding cp1252"},
      {"a.csv", cp1252, "", "or take --encoding-errors replace", "--encoding-errors replace"},
      {"a.csv", undefined, "--encoding cp1252", "take --encoding latin-1", "--encoding latin-1"},
      {"a.csv", utf16(cp1252, false), "", "take --encoding utf-16", "--encoding utf-16"},
      {"a.csv", carets, "", "name what does with --delimiter", "--delimiter ^"},
      {"a.jsonl", "{\"sentence\":\"a\\ud800\",\"label\":1}\n{\"sentence\":\"b\",\"label\":0}\n", "",
       "line 1: a lone surrogate, which is no character; take --encoding-errors replace",
       "--encoding-errors replace"},
      {"a.csv", "sentence\tlabel\n\"so\" good\t1\nbad\t0\n", "", "or take --format tsv", "--format tsv"},
      {"a.csv", "text,label\ngood,1\n", "", "name the texts with --text-column", "--text-column text"},
  };
  for (const auto& one : cases) {
    SCOPED_TRACE(one.bytes);
    folder_.write(one.name, one.bytes);
    const std::string options = "--quiet --test-file " + std::string(one.name) + " ";
    expect_failure(evaluate(options + one.options), 3, one.message);
    EXPECT_EQ(evaluate(options + one.remedy).exit_code, 0) << evaluate(options + one.remedy).err;
  }
}

TEST_F(OwnData, ItsOptionsAreForOwnFilesAndRefuseNonsense) {
  expect_failure(evaluate("--delimiter tab --data data"), 2, "--delimiter is for files of one's own");
  expect_failure(evaluate("--encoding cp1252 --data data"), 2, "--encoding is for files of one's own");
  expect_failure(evaluate("--test-file good.csv --encoding ebcdic"), 2,
                 "\"ebcdic\" is not one of auto, utf-8,");
  for (const char* word : {"ab", "'\"'", "é"})
    expect_failure(evaluate(std::string("--test-file good.csv --delimiter ") + word), 2,
                   "is neither one character");
  for (const char* name : {"sst2", "qqp", "evaluate"}) {
    const auto help = run(name, "--help");
    for (const char* option : {"--delimiter", "--encoding auto", "--encoding-errors", "--format"})
      EXPECT_THAT(help.out, HasSubstr(option)) << name;
  }
  const auto dumped = run(
      "sst2", "--train-file a.csv --validation-file a.csv --delimiter tab --encoding cp1252 --dump-config");
  folder_.write("dump.json", dumped.out);
  EXPECT_THAT(dumped.out,
              testing::AllOf(HasSubstr("\"delimiter\": \"tab\""), HasSubstr("\"encoding\": \"cp1252\"")));
  EXPECT_EQ(run("sst2", "--config dump.json --dump-config").out, dumped.out);
}

}  // namespace
}  // namespace hone::test
