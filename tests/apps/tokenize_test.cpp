// Tests of the tokenize program, run as a user runs it.
#include <gmock/gmock.h>

#include <csignal>

#include "tests/data/temporary_folder.h"
#include "tests/support/process.h"
#include "tests/support/real_data.h"

namespace hone {
namespace {

using test::ProcessResult;
using test::run_process;
using test::shell_quoted;
using test::TemporaryFolder;
using testing::HasSubstr;
using namespace std::string_literals;

// A vocabulary with the ids [PAD] 0, [UNK] 1, [CLS] 2, [SEP] 3, [MASK] 4, a 5, b 6, ##b 7, A 8
const std::string kVocab = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\nb\n##b\nA\n";
const std::string kConfig =
    R"({"model_type":"bert","vocab_size":9,"hidden_size":4,"num_hidden_layers":1,"num_attention_heads":1,
        "intermediate_size":4,"max_position_embeddings":6})";

class Tokenize : public testing::Test {
 protected:
  Tokenize() { vocab_ = shell_quoted(folder_.write("vocab.txt", kVocab).string()); }

  ProcessResult run(const std::string& options, const std::string& input,
                    const std::string& redirect = "") const {
    return run_process("exec " + test::program("tokenize") + " " + options + " " + redirect, input);
  }
  ProcessResult with_vocab(const std::string& input, const std::string& options = "") const {
    return run("--vocab " + vocab_ + " " + options, input);
  }
  // Tokenizes with the model folder, including the files that the test wrote into it.
  ProcessResult with_model(const std::string& input, const std::string& options = "") const {
    return run("--model " + shell_quoted(folder_.path().string()) + " " + options, input);
  }
  static void expect_failure(const ProcessResult& result, int exit_code, const std::string& message) {
    EXPECT_EQ(result.exit_code, exit_code) << result.err;
    EXPECT_THAT(result.err, testing::StartsWith("tokenize: "));
    EXPECT_THAT(result.err, HasSubstr(message));
    EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << result.err;
  }

  TemporaryFolder folder_;
  std::string vocab_;
};

TEST_F(Tokenize, EveryLineGivesOneLine) {
  const auto result = with_vocab("a b\n\nAB\na\tb\n\ta\n[MASK]");
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.err, "");
  EXPECT_EQ(result.out, "2 5 6 3\n2 3\n2 5 7 3\n2 5 3 6 3\n2 3 5 3\n2 4 3\n");
  EXPECT_EQ(with_vocab("").out, "");
}

TEST_F(Tokenize, OnlyLfEndsALine) {
  // CR ends as a blank; VT, FF and U+0085 are removed; U+2028 separates words.
  EXPECT_EQ(with_vocab("a\r\na\vb\fb\u0085\u2028b\n").out, "2 5 3\n2 5 7 7 6 3\n");
  EXPECT_EQ(with_vocab("a\0b\n"s).out, "2 5 7 3\n");
}

TEST_F(Tokenize, OptionsChangeTheIds) {
  EXPECT_EQ(with_vocab("A a\n", "--no-lowercase").out, "2 8 5 3\n");
  EXPECT_EQ(with_vocab("A a\n", "--lowercase").out, "2 5 5 3\n");
  EXPECT_EQ(with_vocab("a a a\n", "--max-length 4").out, "2 5 5 3\n");
  EXPECT_EQ(with_vocab("a a a\tb b\n", "--max-length=6").out, "2 5 5 3 6 3\n");
}

TEST_F(Tokenize, AModelsFilesSetTheDefaults) {
  folder_.write("tokenizer_config.json", R"({"do_lower_case":false,"model_max_length":5})");
  folder_.write("config.json", kConfig);
  EXPECT_EQ(with_model("A a a a a a\n").out, "2 8 5 5 3\n");
  EXPECT_EQ(with_model("A a a a a a\n", "--lowercase --max-length 4").out, "2 5 5 3\n");
  EXPECT_EQ(with_model("a a a a a a\n", "--max-length 100").out, "2 5 5 5 3\n");
  folder_.write("tokenizer_config.json", "{}");
  EXPECT_EQ(with_model("a a a a a a\n").out, "2 5 5 5 5 3\n") << "max_position_embeddings is 6";
  EXPECT_EQ(run("--model .", "a\n", "").exit_code, 4);
}

TEST_F(Tokenize, ThreadsChangeNothing) {
  std::string input;
  for (int i = 0; i < 30000; ++i)
    input += std::string(static_cast<size_t>(i % 3), 'c') + " a b\tb \xC3\xA9\n";
  const auto one = with_vocab(input), four = with_vocab(input, "--threads 4");
  EXPECT_EQ(one.exit_code, 0);
  EXPECT_EQ(std::count(one.out.begin(), one.out.end(), '\n'), 30000);
  EXPECT_TRUE(one.out == four.out);
  const auto bad = with_vocab(input + "\xff\n" + input, "--threads 3");
  expect_failure(bad, 3, "stdin: line 30001: invalid UTF-8");
  EXPECT_TRUE(bad.out == one.out) << "the lines before the bad one are written";
}

TEST_F(Tokenize, BadInputIsADataError) {
  expect_failure(with_vocab("a\nb\xff\n"), 3, "stdin: line 2: invalid UTF-8 at byte 1");
  expect_failure(with_vocab("a\tb\tc\n"), 3, "stdin: line 1: a second TAB");
  expect_failure(run("--vocab " + vocab_, "", "< /"), 3, "stdin: cannot read");
}

TEST_F(Tokenize, BadUseIsAUsageError) {
  expect_failure(with_vocab("", "--vocabb x"), 2, "did you mean \"--vocab\"");
  expect_failure(with_vocab("", "--vocab x"), 2, "more than once");
  expect_failure(with_vocab("", "--max-length 2"), 2, "expected 3 or more");
  expect_failure(with_vocab("a\tb\n", "--max-length 4"), 2, "a pair needs at least 5");
  expect_failure(with_vocab("", "--threads 3x"), 2, "not an integer");
  expect_failure(with_vocab("", "--model x"), 2, "either --vocab FILE or --model DIR");
  expect_failure(run("", ""), 2, "either --vocab FILE or --model DIR");
}

TEST_F(Tokenize, BadModelsAreModelErrors) {
  expect_failure(run("--vocab /nonexistent", ""), 4, "/nonexistent");
  folder_.write("tokenizer_config.json", "{");
  expect_failure(with_model(""), 4, "tokenizer_config.json");
  folder_.write("tokenizer_config.json", "{}");
  folder_.write("config.json", R"({"model_type":"roberta"})");
  expect_failure(with_model(""), 4, "roberta");
  folder_.write("vocab.txt", kVocab + "c\n");
  folder_.write("config.json", kConfig);
  expect_failure(with_model(""), 4, "vocab_size");
  folder_.write("vocab.txt", "a\n");
  expect_failure(with_model(""), 4, "[PAD] is missing");
}

TEST_F(Tokenize, AClosedPipeEndsQuietly) {
  std::string input;
  for (int i = 0; i < 500000; ++i) input += "a b\n";
  const auto command = test::program("tokenize") + " --vocab " + vocab_;
  const auto piped = run_process(command + " | head -n 1", input);
  EXPECT_EQ(piped.out, "2 5 6 3\n");
  EXPECT_EQ(piped.err, "");
  const auto ignored = run_process("trap '' PIPE; " + command + " | head -n 1", input);
  EXPECT_EQ(ignored.err, "");
}

TEST_F(Tokenize, ClosedStreamsAndAFullDiskAreHandled) {
  EXPECT_EQ(run("--vocab " + vocab_, "a\n", ">&-").exit_code, 0);
  EXPECT_EQ(run("--vocab " + vocab_, "a\n", "<&-").exit_code, 0);
  EXPECT_EQ(run("--vocab " + vocab_, "\xff\n", "2>&-").exit_code, 3);
  expect_failure(run("--vocab " + vocab_, "a\n", "> /dev/full"), 1, "stdout: cannot write");
}

TEST_F(Tokenize, AnswersALineBeforeTheNext) {
  const auto fifo = shell_quoted((folder_ / "fifo").string());
  const auto result = run_process("mkfifo " + fifo + "; (printf 'a\\n'; exec sleep 3) > " + fifo +
                                      " < /dev/null 2> /dev/null & exec " + test::program("tokenize") +
                                      " --vocab " + vocab_ + " < " + fifo,
                                  "", SIGTERM, "2 5 3\n");
  EXPECT_EQ(result.signal, SIGTERM) << "it waited for the end of the input";
  EXPECT_EQ(result.out, "2 5 3\n");
}

TEST_F(Tokenize, HelpAndVersion) {
  const auto help = run("--help", "");
  EXPECT_EQ(help.exit_code, 0);
  EXPECT_THAT(help.out, HasSubstr("--[no-]lowercase"));
  EXPECT_THAT(run("--version", "").out, HasSubstr("tokenize (hone)"));
}

TEST_F(Tokenize, RealIds) {
  HONE_NEED_REAL_DATA("vocab/bert-base-uncased.txt");
  const auto vocab = shell_quoted((test::real_data() / "vocab/bert-base-uncased.txt").string());
  EXPECT_EQ(run("--vocab " + vocab, "Hello World\n\u0130stanbul\n").out, "101 7592 2088 102\n101 9960 102\n");
}

}  // namespace
}  // namespace hone
