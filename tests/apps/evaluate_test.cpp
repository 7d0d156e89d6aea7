// Tests of the evaluate program and the figures that it writes.
#include <hone/train/metrics.h>

#include <cmath>

#include "tests/apps/programs.h"

namespace hone::test {
namespace {

using testing::HasSubstr;

TEST(Metrics, AreThoseOfScikitLearn) {
  Confusion counts;
  const int labels[] = {0, 0, 0, 0, 0, 1, 1, 1, 1, 1}, predicted[] = {0, 0, 0, 1, 1, 0, 1, 1, 1, 1};
  for (int i = 0; i < 10; ++i) counts.add(labels[i], predicted[i]);
  EXPECT_EQ(counts.at(0, 0), 3);
  EXPECT_EQ(counts.at(0, 1), 2);
  EXPECT_EQ(counts.at(1, 0), 1);
  EXPECT_EQ(counts.at(1, 1), 4);
  EXPECT_DOUBLE_EQ(accuracy(counts), 0.7);
  EXPECT_DOUBLE_EQ(precision(counts), 4.0 / 6);
  EXPECT_DOUBLE_EQ(recall(counts), 0.8);
  EXPECT_DOUBLE_EQ(f1(counts), 8.0 / 11);
  EXPECT_NEAR(matthews(counts), 0.408248290463863, 1e-15);
}

// The expected numbers are scikit-learn 1.5's on these ten rows, average="macro"; label 3 does not occur and
// does not count.
TEST(Metrics, OfManyLabelsAreScikitLearnsMacroAverages) {
  Confusion counts(4);
  const int labels[] = {0, 0, 0, 1, 1, 1, 1, 2, 2, 2}, predicted[] = {0, 0, 1, 1, 1, 2, 0, 2, 2, 0};
  for (int i = 0; i < 10; ++i) counts.add(labels[i], predicted[i]);
  EXPECT_EQ(counts.at(1, 2), 1);
  EXPECT_DOUBLE_EQ(accuracy(counts), 0.6);
  EXPECT_NEAR(precision(counts), (2.0 / 4 + 2.0 / 3 + 2.0 / 3) / 3, 1e-15);
  EXPECT_NEAR(recall(counts), (2.0 / 3 + 2.0 / 4 + 2.0 / 3) / 3, 1e-15);
  EXPECT_NEAR(f1(counts), (4.0 / 7 + 4.0 / 7 + 4.0 / 6) / 3, 1e-15);
  EXPECT_NEAR(matthews(counts), (6.0 * 10 - 33) / std::sqrt((100.0 - 34) * (100 - 34)), 1e-15);
}

TEST(Metrics, AreZeroWhereTheyHaveNoMeaning) {
  Confusion counts;
  EXPECT_EQ(accuracy(counts), 0);
  counts.add(0, 0);
  EXPECT_EQ(accuracy(counts), 1);
  EXPECT_EQ(f1(counts), 0);
  EXPECT_EQ(precision(counts), 0);
  EXPECT_EQ(recall(counts), 0);
  EXPECT_EQ(matthews(counts), 0);
}

class Evaluate : public Programs {
 protected:
  Evaluate() { save({"negative", "positive"}); }
  void save(const std::vector<std::string>& labels) {
    std::filesystem::remove_all(folder_ / "model");
    auto config = tiny_config();
    config.labels = labels;
    write_tiny_model(folder_ / "model", true, config);
  }
  ProcessResult evaluate(const std::string& options) const {
    return run("evaluate", "--model model --data data --quiet " + options);
  }
};

TEST_F(Evaluate, WritesAFigureALine) {
  const auto result = evaluate("--split test");
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.err, "");
  EXPECT_THAT(result.out, testing::MatchesRegex(
                              "split      test\nrows       9\nloss       [0-9.]+\naccuracy   [0-9.]+ %\n"
                              "f1 of positive .*\nprecision of positive .*\nrecall of positive .*\n"
                              "f1 macro .*\nprecision macro .*\nrecall macro .*\nmcc        .*\n"
                              "label negative: f1 .*\nlabel positive: f1 .*\nconfusion  .*\n"));
  EXPECT_EQ(evaluate("--split test --threads 1").out, result.out);
}

TEST_F(Evaluate, FindsTheDataSetByTheLabels) {
  EXPECT_THAT(evaluate("").out, HasSubstr("rows       13\n"));
  expect_failure(evaluate("--dataset qqp"), 4, "label is \"not_duplicate\"");
  save({"POSITIVE", "NEGATIVE"});
  EXPECT_THAT(evaluate("").out, HasSubstr("rows       13\n"));
  save({"not_duplicate", "duplicate"});
  EXPECT_THAT(evaluate("").out, HasSubstr("rows       11\n"));
  EXPECT_THAT(evaluate("--split train").out, HasSubstr("rows       24\n"));
  save({"LABEL_0", "LABEL_1"});
  expect_failure(evaluate(""), 2, "--dataset");
  EXPECT_EQ(evaluate("--dataset sst").exit_code, 0);
}

// The weights are the same, so the accuracy of the swapped labels is what is left to 100 %.
TEST_F(Evaluate, LabelsGoToTheModelsIdsByName) {
  const auto accuracy = [&](const std::string& options) {
    const auto result = evaluate(options);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    const size_t at = result.out.find("accuracy   ");
    return at == std::string::npos ? -1 : std::stod(result.out.substr(at + 11));
  };
  const double straight = accuracy("");
  save({"POSITIVE", "NEGATIVE"});
  EXPECT_NEAR(accuracy(""), 100 - straight, 1e-3);
  EXPECT_THAT(evaluate("").out, HasSubstr("f1 of POSITIVE "));
  EXPECT_THAT(evaluate("--positive-label negative").out, HasSubstr("f1 of NEGATIVE "));
  EXPECT_THAT(run("evaluate", "--model model --data data").err,
              HasSubstr("note: labels: took \"negative\" for \"NEGATIVE\""));
  save({"LABEL_0", "LABEL_1"});
  EXPECT_NEAR(accuracy("--dataset sst"), straight, 1e-3);
  save({"1", "0"});
  EXPECT_NEAR(accuracy("--dataset sst"), 100 - straight, 1e-3);
  save({"negative", "positive", "neutral"});
  EXPECT_THAT(evaluate("").out, HasSubstr("f1 macro ")) << "the data may have some of the labels only";
  expect_failure(evaluate("--positive-label x"), 2, "no label \"x\"; its labels are \"negative\"");
  save({"bad", "good"});
  const auto other = evaluate("--dataset sst");
  expect_failure(other, 4, "expected one of \"bad\", \"good\"");
  EXPECT_THAT(other.err, HasSubstr("the data has \"negative\", \"positive\""));
  EXPECT_THAT(other.err, HasSubstr("train a head for these by sst2 or qqp with --new-head"));
}

TEST_F(Evaluate, FilesOfOnesOwn) {
  folder_.write("own.csv", "text,gold\n\"the film, is good .\",positive\nbad,0\n");
  const auto result =
      run("evaluate", "--model model --test-file own.csv --text-column text --label-column gold");
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("split      test\nrows       2\n"));
  EXPECT_THAT(result.err, HasSubstr("own.csv: text from \"text\", label from \"gold\""));
  const auto refused = [&](const std::string& options, int code, const std::string& message) {
    expect_failure(run("evaluate", "--model model " + options), code, message);
  };
  refused("--test-file own.csv", 3, "name the texts with --text-column");
  refused("--test-file own.csv --train-file own.csv", 2, "give one of");
  refused("--test-file own.csv --data data", 2, "have no meaning");
  refused("--label-column gold", 2, "--label-column is for files of one's own");
  refused("--test-file own.csv --text-column a --text-column b --text-column c", 2, "more than 2 times");
  folder_.write("own.csv", "sentence,label\nbad,awful\n");
  refused("--test-file own.csv", 3,
          "line 2: label is \"awful\" (1 rows), expected one of \"negative\", \"positive\"");
  folder_.write("own.csv", "sentence,label\nbad,-1\nbad,\n");
  refused("--test-file own.csv", 3, "2 have no label");
}

// Texts that mean "no label" elsewhere are labels where the model has them.
TEST_F(Evaluate, AModelsLabelMayBeMinusOne) {
  save({"-1", "0", "1"});
  folder_.write("own.csv", "sentence,label\nbad,-1\nfilm,0\ngood,1\nplot,-1\nfine,\n");
  const auto result = run("evaluate", "--model model --test-file own.csv");
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("rows       4\n"));
  EXPECT_THAT(result.err, HasSubstr("1 of 5 rows have no label and are skipped: empty (1 row)"));
  folder_.write("own.csv", "sentence,label\nbad,-1\nfilm,-1\n");
  EXPECT_THAT(run("evaluate", "--model model --test-file own.csv").out, HasSubstr("rows       2\n"));
}

TEST_F(Evaluate, UnlabelledAndMissingSplitsAreRefused) {
  expect_failure(evaluate("--dataset qqp --split test"), 3, "no test split");
  folder_.write("data/glue/SST-2/train.tsv", "sentence\tlabel\ngood\t1\n");
  folder_.write("data/glue/SST-2/dev.tsv", "sentence\tlabel\nbad\t0\n");
  folder_.write("data/glue/SST-2/test.tsv", "index\tsentence\n0\tbad\n");
  expect_failure(evaluate("--dataset glue-sst2 --split test"), 3, "has no labels");
  EXPECT_EQ(evaluate("--dataset glue-sst2").exit_code, 0);
  const auto skipped = run("sst2", "--model base --data data --dataset glue-sst2 --max-steps 1 --output run");
  EXPECT_EQ(skipped.exit_code, 0);
  EXPECT_THAT(skipped.err, HasSubstr("has no labels and is skipped"));
}

}  // namespace
}  // namespace hone::test
