// The evaluate program, and the figures it writes.
#include "apps/common/metrics.h"

#include "tests/apps/programs.h"

namespace hone::test {
namespace {

using testing::HasSubstr;

TEST(Metrics, AreThoseOfScikitLearn) {
  Confusion counts;
  const int labels[] = {0, 0, 0, 0, 0, 1, 1, 1, 1, 1}, predicted[] = {0, 0, 0, 1, 1, 0, 1, 1, 1, 1};
  for (int i = 0; i < 10; ++i) counts.add(labels[i], predicted[i]);
  EXPECT_EQ(counts.true_negatives, 3);
  EXPECT_EQ(counts.false_positives, 2);
  EXPECT_EQ(counts.false_negatives, 1);
  EXPECT_EQ(counts.true_positives, 4);
  EXPECT_DOUBLE_EQ(accuracy(counts), 0.7);
  EXPECT_DOUBLE_EQ(precision(counts), 4.0 / 6);
  EXPECT_DOUBLE_EQ(recall(counts), 0.8);
  EXPECT_DOUBLE_EQ(f1(counts), 8.0 / 11);
  EXPECT_NEAR(matthews(counts), 0.408248290463863, 1e-15);
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
                              "f1         .*\nprecision  .*\nrecall     .*\nmcc        .*\nconfusion  .*\n"));
  EXPECT_EQ(evaluate("--split test --threads 1").out, result.out);
}

TEST_F(Evaluate, FindsTheDataSetByTheLabels) {
  EXPECT_THAT(evaluate("").out, HasSubstr("rows       13\n"));
  EXPECT_THAT(evaluate("--dataset qqp").out, HasSubstr("rows       11\n"));
  save({"not_duplicate", "duplicate"});
  EXPECT_THAT(evaluate("").out, HasSubstr("rows       11\n"));
  EXPECT_THAT(evaluate("--split train").out, HasSubstr("rows       24\n"));
  save({"LABEL_0", "LABEL_1"});
  expect_failure(evaluate(""), 2, "--dataset");
  EXPECT_EQ(evaluate("--dataset sst").exit_code, 0);
}

TEST_F(Evaluate, LabelsMustFit) {
  save({"positive", "negative"});
  expect_failure(evaluate(""), 4, "another order");
  save({"negative", "positive", "neutral"});
  expect_failure(evaluate(""), 4, "3 labels, the data set 2");
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
