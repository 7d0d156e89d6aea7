// Tests of packing, and of padding batches to round numbers of tokens.
#include "train/packing.h"

#include <gtest/gtest.h>

#include <set>

#include "core/philox.h"

namespace hone::test {
namespace {

PackedBatch batch_of(const std::vector<int>& lengths) {
  std::vector<EncodedRow> rows;
  std::vector<int64_t> order;
  for (const int length : lengths) {
    order.push_back(static_cast<int64_t>(rows.size()));
    rows.emplace_back();
    rows.back().encoding.ids.assign(static_cast<size_t>(length), 7 + length);
    rows.back().encoding.types.assign(static_cast<size_t>(length), 1);
    rows.back().label = 1;
  }
  return pack_rows(rows, order, true);
}

TEST(FillUp, AppendsASequenceWithoutALabel) {
  const PackedBatch batch = batch_of({3, 40}), full = fill_up(batch);
  EXPECT_EQ(full.tokens(), 64);
  EXPECT_EQ(full.filler, 21);
  EXPECT_EQ(full.own_tokens(), 43);
  EXPECT_EQ(full.sequences(), 3);
  EXPECT_EQ(full.own_sequences(), 2);
  EXPECT_EQ(full.lens.longest(), 64);
  EXPECT_EQ(full.labels.to_vector<int32_t>(), (std::vector<int32_t>{1, 1, -1}));
  EXPECT_EQ(full.lens.offsets().to_vector<int32_t>(), (std::vector<int32_t>{0, 3, 43, 64}));
  for (const auto& [own, filled] :
       {std::pair{batch.ids, full.ids}, {batch.positions, full.positions}, {batch.types, full.types}}) {
    auto expected = own.to_vector<int32_t>();
    expected.resize(64);
    EXPECT_EQ(filled.to_vector<int32_t>(), expected);
  }
  EXPECT_EQ(batch.own_tokens(), 43);
  EXPECT_EQ(batch.own_sequences(), 2);
}

TEST(FillUp, RoundsUp) {
  for (const int length : {1, 2, 31, 32, 33, 100, 511}) {
    for (int rows = 1; rows <= 64; ++rows) {
      const PackedBatch full = fill_up(batch_of(std::vector<int>(static_cast<size_t>(rows), length)));
      EXPECT_GE(full.filler, 1);
      EXPECT_LE(full.filler, full.lens.longest());
      EXPECT_LE(full.filler, std::max<int64_t>(32, full.own_tokens() / 16));
      EXPECT_EQ(full.tokens() % 32, 0);
      EXPECT_EQ(full.lens.longest() % 32, 0);
    }
  }
}

// Batches of 32 sentences of 3 to 60 tokens.
TEST(FillUp, LeavesFewDifferentShapes) {
  RandomStream random(5, RandomUse::shuffle, 0);
  std::set<std::pair<int64_t, int64_t>> shapes;
  for (int batch = 0; batch < 1000; ++batch) {
    std::vector<int> lengths;
    for (int i = 0; i < 32; ++i) lengths.push_back(3 + static_cast<int>(random.below(58)));
    const PackedBatch full = fill_up(batch_of(lengths));
    shapes.insert({full.tokens(), full.lens.longest()});
  }
  EXPECT_LE(shapes.size(), 30u);
}

}  // namespace
}  // namespace hone::test
