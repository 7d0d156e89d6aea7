#include <hone/core/packed_batch.h>

#include <gtest/gtest.h>

#include <limits>

#include <hone/core/error.h>

namespace hone {
namespace {

TEST(SeqLens, TellsWhereEachSequenceIs) {
  const SeqLens lens({3, 0, 0, 5, 1, 0});
  EXPECT_EQ(lens.count(), 6);
  EXPECT_EQ(lens.total(), 9);
  EXPECT_EQ(lens.longest(), 5);
  EXPECT_EQ(lens.offsets().to_vector<int32_t>(), (std::vector<int32_t>{0, 3, 3, 3, 8, 9, 9}));
  EXPECT_EQ(lens.begin(3), 3);
  EXPECT_EQ(lens.end(3), 8);
  EXPECT_EQ(lens.length(1), 0);
}

TEST(SeqLens, FindsTheSequenceOfARowPastEmptyOnes) {
  const SeqLens lens({0, 3, 0, 0, 2, 0});
  const std::vector<int64_t> expected = {1, 1, 1, 4, 4};
  for (int64_t row = 0; row < 5; ++row) EXPECT_EQ(lens.sequence_of(row), expected[static_cast<size_t>(row)]);
}

TEST(SeqLens, MayBeEmpty) {
  for (const SeqLens& lens : {SeqLens{}, SeqLens(std::vector<int32_t>{}), SeqLens::ones(0)}) {
    EXPECT_EQ(lens.count(), 0);
    EXPECT_EQ(lens.total(), 0);
    EXPECT_EQ(lens.longest(), 0);
  }
  EXPECT_EQ(SeqLens::ones(4).total(), 4);
  EXPECT_EQ(SeqLens::ones(4).longest(), 1);
}

TEST(SeqLens, RefusesNegativeLengthsAndTooManyTokens) {
  EXPECT_THROW(SeqLens({2, -1}), Error);
  EXPECT_THROW(SeqLens({std::numeric_limits<int32_t>::max(), 1}), Error);
  EXPECT_EQ(SeqLens({std::numeric_limits<int32_t>::max(), 0}).total(), std::numeric_limits<int32_t>::max());
}

}  // namespace
}  // namespace hone
