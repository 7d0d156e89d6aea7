// Tests of the predict program.
#include <cmath>
#include <sstream>

#include "tests/apps/programs.h"

namespace hone::test {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;

class Predict : public Programs {
 protected:
  Predict() { write_tiny_model(folder_ / "model", true); }
  ProcessResult predict(const std::string& input, const std::string& options = "") const {
    return run("predict", "--model model " + options, input);
  }
  static std::vector<std::string> lines(const std::string& text) {
    std::istringstream stream(text);
    std::vector<std::string> out;
    for (std::string line; std::getline(stream, line);) out.push_back(line);
    return out;
  }
};

TEST_F(Predict, WritesALabelAndItsProbabilities) {
  const auto result = predict("good film\n");
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.err, "");
  EXPECT_THAT(result.out, MatchesRegex("LABEL_[01]\t0\\.[0-9]{6}\t0\\.[0-9]{6}\n"));
  double first = 0, second = 0;
  ASSERT_EQ(std::sscanf(result.out.c_str() + 8, "%lf\t%lf", &first, &second), 2);
  EXPECT_NEAR(first + second, 1, 2e-6);
  EXPECT_EQ(result.out[6] == '0', first >= second);
}

TEST_F(Predict, EveryLineGivesOneLineInOrder) {
  const std::string input = "good\n\nbad film\tis it\n\r\nfilm\xE2\x80\xA8plot\ndull";
  const auto all = lines(predict(input).out);
  ASSERT_EQ(all.size(), 6u);
  EXPECT_EQ(all, lines(predict(input, "--batch-size 1").out));
  EXPECT_EQ(all[1], all[3]);  // nothing but blanks
  EXPECT_NE(all[0], all[5]);
  EXPECT_EQ(all[5], lines(predict("dull\n").out)[0]);
  EXPECT_EQ(predict("").out, "");
  EXPECT_EQ(predict(input, "--threads 1").out, predict(input, "--threads 2").out);
}

TEST_F(Predict, LogitsAreThoseOfTheProbabilities) {
  const std::string input = "good\nthe plot was bad\n";
  const auto logits = lines(predict(input, "--logits").out), odds = lines(predict(input).out);
  for (size_t i = 0; i < 2; ++i) {
    double a = 0, b = 0, p = 0, q = 0;
    ASSERT_EQ(std::sscanf(logits[i].c_str() + 8, "%lf\t%lf", &a, &b), 2);
    ASSERT_EQ(std::sscanf(odds[i].c_str() + 8, "%lf\t%lf", &p, &q), 2);
    EXPECT_NEAR(p, 1 / (1 + std::exp(b - a)), 1e-5);
  }
}

TEST_F(Predict, TokenTypesAreTheModels) {
  const auto with_types = predict("film\tplot\n").out;
  const auto single = predict("film\n").out;
  folder_.write("model/tokenizer_config.json",
                R"({"tokenizer_class":"BertTokenizer","model_input_names":["input_ids","attention_mask"]})");
  EXPECT_NE(predict("film\tplot\n").out, with_types);
  EXPECT_EQ(predict("film\n").out, single);
}

TEST_F(Predict, LongTextsAreCut) {
  std::string longer;
  for (int i = 0; i < 1000; ++i) longer += "good ";
  EXPECT_EQ(predict(longer + "\n").out, predict(longer + " bad\n").out);
  EXPECT_EQ(predict("good bad\n", "--max-length 3").out, predict("good\n").out);
  EXPECT_EQ(predict("good bad\n", "--max-length 4000").out,
            predict("good bad\n").out);  // the model's own limit applies
}

TEST_F(Predict, LinesBeforeABadOneAreAnswered) {
  auto result = predict("good\nbad\ta\tb\ngood\n");
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_EQ(lines(result.out).size(), 1u);
  EXPECT_EQ(result.err,
            "predict: stdin: line 2: a second TAB; a line is one text or a pair separated by one TAB\n");
  result = predict("good\nbad\ngo\xFFod\n");
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_EQ(lines(result.out).size(), 2u);
  EXPECT_THAT(result.err, HasSubstr("stdin: line 3"));
  result = predict("good\tbad\n", "--max-length 4");
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, HasSubstr("stdin: line 1"));
}

TEST_F(Predict, AnswersBeforeTheInputEnds) {
  const auto result =
      run_process("cd " + path("") + " && mkfifo in out && { " + program("predict") +
                  " --model model <in >out & exec 3>in 4<out; echo good >&3; timeout 20 head -n 1 <&4; "
                  "echo answered; exec 3>&-; wait; }");
  EXPECT_THAT(result.out, MatchesRegex("LABEL_.*\nanswered\n"));
}

TEST_F(Predict, AClosedPipeEndsQuietly) {
  std::string input;
  for (int i = 0; i < 20000; ++i) input += "good\n";
  const auto result = run("predict", "--model model | head -n 1", input);
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.err, "");
  EXPECT_EQ(lines(result.out).size(), 1u);
  EXPECT_EQ(predict("good\n", ">/dev/full").exit_code, 1);
}

TEST_F(Predict, UnfitModelsAreRefused) {
  const ScopedVariable no_emulation("HONE_EMULATED_CUDA", nullptr);
  expect_failure(run("predict", "--model base", "good\n"), 4, "no trained classification head");
  expect_failure(run("predict", "", "good\n"), 2, "--model");
  expect_failure(run("predict", "--model nowhere/to-be", "good\n"), 4, "nowhere/to-be");
  expect_failure(predict("good\n", "--device cuda"), 1, "--device cuda");
  expect_failure(predict("good\n", "--device abacus"), 2, "abacus");
}

TEST_F(Predict, AnswersCanBeJsonLines) {
  const auto plain = run("predict", "--model model", "good\n\nbad\n"),
             json = run("predict", "--model model --jsonl", "good\n\nbad\n");
  EXPECT_EQ(json.exit_code, 0) << json.err;
  EXPECT_EQ(std::count(json.out.begin(), json.out.end(), '\n'), 3);
  const Json first = parse_json(json.out.substr(0, json.out.find('\n')), "stdout");
  EXPECT_EQ(first.get_string("label", ""), plain.out.substr(0, plain.out.find('\t')));
  double sum = 0;
  for (const auto& [name, value] : first.at("probabilities").as_object("")) sum += value.as_number(name);
  EXPECT_NEAR(sum, 1, 1e-6);
  EXPECT_THAT(run("predict", "--model model --jsonl --logits", "good\n").out, HasSubstr("\"logits\":{"));
}

}  // namespace
}  // namespace hone::test
