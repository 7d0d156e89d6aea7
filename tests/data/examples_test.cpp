// The data that comes with the repository is as examples/README.md describes it.
#include <gtest/gtest.h>

#include <filesystem>
#include <set>

#include <hone/data/sets/dataset.h>
#include "tests/support/paths.h"

namespace hone {
namespace {

Dataset example(DatasetKind kind, const char* folder) {
  return load_dataset(kind, std::filesystem::path(hone::test::source_dir()) / "examples" / folder);
}

// All texts of a file, once for each row they stand in.
std::multiset<std::string> texts_of(const Split& split) {
  std::multiset<std::string> texts;
  for (const Example& row : split.rows) {
    texts.insert(row.a);
    if (split.pairs) texts.insert(row.b);
  }
  return texts;
}

void expect_held_out(const Dataset& data, int64_t rows_of_each_label) {
  for (const Split* split : {&data.train, &data.validation}) {
    EXPECT_EQ(split->label_counts, (std::vector<int64_t>(2, rows_of_each_label)));
    EXPECT_EQ(split->dropped + split->extra_fields + split->blank_lines + split->empty_texts, 0);
  }
  const auto train = texts_of(data.train);
  for (const std::string& text : texts_of(data.validation)) EXPECT_EQ(train.count(text), 0U) << text;
}

TEST(Examples, SentimentIsBalancedAndHeldOut) {
  const Dataset data = example(DatasetKind::sst, "sentiment");
  expect_held_out(data, 150);
  for (const Split* split : {&data.train, &data.validation}) {
    const auto texts = texts_of(*split);
    EXPECT_EQ(std::set<std::string>(texts.begin(), texts.end()).size(), split->rows.size());
  }
}

TEST(Examples, QuestionsAreBalancedAndHeldOut) {
  const Dataset data = example(DatasetKind::qqp, "questions");
  expect_held_out(data, 100);
  for (const Split* split : {&data.train, &data.validation}) {
    std::set<std::set<std::string>> pairs;
    for (const Example& row : split->rows) EXPECT_TRUE(pairs.insert({row.a, row.b}).second) << row.a;
  }
}

}  // namespace
}  // namespace hone
