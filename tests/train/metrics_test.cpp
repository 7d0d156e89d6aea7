// Compares metrics with scikit-learn's (tests/golden/metrics.txt, written by tools/make_golden_metrics.py).
#include <hone/train/metrics.h>

#include <gmock/gmock.h>

#include <fstream>
#include <sstream>

#include "tests/support/paths.h"

namespace hone {
namespace {

std::vector<int> numbers_of(const std::string& line) {
  std::istringstream text(line.substr(line.find(' ')));
  return {std::istream_iterator<int>(text), std::istream_iterator<int>()};
}

TEST(Metrics, OfEachLabelAndTheirMacroAveragesAreScikitLearns) {
  constexpr double kTolerance = 1e-14;
  std::ifstream file(std::string(test::source_dir()) + "/tests/golden/metrics.txt");
  std::string line, word, name;
  int cases = 0;
  Confusion counts;
  std::vector<int> truth;
  for (int label = 0; std::getline(file, line);) {
    std::istringstream text(line);
    text >> word;
    double f = 0, p = 0, r = 0;
    if (word == "case") {
      size_t labels = 0;
      text >> name >> labels;
      counts = Confusion(labels);
      label = 0;
      ++cases;
    } else if (word == "true") {
      truth = numbers_of(line);
    } else if (word == "predicted") {
      const auto predicted = numbers_of(line);
      for (size_t i = 0; i < truth.size(); ++i) counts.add(truth.at(i), predicted.at(i));
    } else if (word == "accuracy") {
      text >> f >> word >> p;
      EXPECT_NEAR(accuracy(counts), f, kTolerance) << name;
      EXPECT_NEAR(matthews(counts), p, kTolerance) << name;
    } else if (word == "macro") {
      text >> f >> p >> r;
      EXPECT_NEAR(macro_f1(counts), f, kTolerance) << name;
      EXPECT_NEAR(macro_precision(counts), p, kTolerance) << name;
      EXPECT_NEAR(macro_recall(counts), r, kTolerance) << name;
    } else {
      text >> f >> p >> r;
      EXPECT_NEAR(f1(counts, label), f, kTolerance) << name << " " << label;
      EXPECT_NEAR(precision(counts, label), p, kTolerance) << name << " " << label;
      EXPECT_NEAR(recall(counts, label), r, kTolerance) << name << " " << label;
      ++label;
    }
  }
  EXPECT_EQ(cases, 8);
}

// A matrix of 100,000 labels has 10^10 places; only those with rows may take memory.
TEST(Metrics, AreLinearInTheNumberOfLabels) {
  constexpr int kLabels = 100'000;
  Confusion counts(kLabels);
  for (int label = 0; label < kLabels; ++label) counts.add(label, label % 2 == 0 ? label : label - 1);
  counts.add(7, 9, 3);
  EXPECT_EQ(counts.rows(), kLabels + 3);
  EXPECT_EQ(counts.correct(), kLabels / 2);
  EXPECT_NEAR(macro_recall(counts), 0.5, 1e-12);
  EXPECT_EQ(counts.worst(2), (std::vector<Confusion::Count>{{7, 9, 3}, {1, 0, 1}}));
  EXPECT_THROW(counts.add(0, kLabels), std::out_of_range);
  EXPECT_THROW(counts.add(-1, 0), std::out_of_range);
}

}  // namespace
}  // namespace hone
