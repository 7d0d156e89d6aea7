#include "core/philox.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <vector>

namespace hone {
namespace {

using Words = std::array<uint32_t, 4>;

// The known answers of the authors' library, Random123 (kat_vectors, philox4x32 10).
TEST(Philox, KnownAnswers) {
  constexpr uint32_t kOnes = 0xffffffff;
  EXPECT_EQ(philox({0, 0, 0, 0}, {0, 0}), (Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(philox({kOnes, kOnes, kOnes, kOnes}, {kOnes, kOnes}),
            (Words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
            (Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
  static_assert(philox({0, 0, 0, 0}, {0, 0})[0] == 0x6627e8d5);
}

RandomStream stream(uint64_t seed = 1, uint64_t index = 0, RandomUse use = RandomUse::shuffle) {
  return {seed, use, index};
}

TEST(RandomStream, RepeatsForTheSameSeedUseAndIndexOnly) {
  const auto first = [](RandomStream random) {
    std::vector<uint32_t> words;
    for (int i = 0; i < 10; ++i) words.push_back(random.next());
    return words;
  };
  EXPECT_EQ(first(stream()), first(stream()));
  const uint64_t high = uint64_t{1} << 32;
  const std::set<std::vector<uint32_t>> different = {
      first(stream()),     first(stream(2)),       first(stream(1 + high)),
      first(stream(1, 1)), first(stream(1, high)), first(stream(1, 0, RandomUse::initialise))};
  EXPECT_EQ(different.size(), 6u);
}

TEST(RandomStream, BelowIsUniformAndInRange) {
  RandomStream random = stream();
  for (uint64_t bound : {1, 2, 3, 7, 10}) {
    std::vector<double> counts(bound);
    constexpr int kDraws = 70000;
    for (int i = 0; i < kDraws; ++i) {
      const uint64_t x = random.below(bound);
      ASSERT_LT(x, bound);
      ++counts[x];
    }
    const double expected = kDraws / static_cast<double>(bound);
    for (double count : counts) EXPECT_NEAR(count, expected, 5 * std::sqrt(expected));
  }
  const uint64_t huge = (uint64_t{1} << 63) + 12345;
  uint64_t largest = 0;
  for (int i = 0; i < 1000; ++i) largest = std::max(largest, random.below(huge));
  EXPECT_LT(largest, huge);
  EXPECT_GT(largest, huge / 10 * 9);
}

TEST(RandomStream, UniformAndNormalHaveTheirMoments) {
  RandomStream random = stream(3);
  constexpr int kDraws = 200000;
  double sum = 0, normal_sum = 0, squares = 0, fourth = 0, within = 0;
  for (int i = 0; i < kDraws; ++i) {
    const double u = random.uniform(), z = random.normal();
    ASSERT_TRUE(u > 0 && u < 1);
    sum += u;
    normal_sum += z;
    squares += z * z;
    fourth += z * z * z * z;
    within += std::abs(z) < 1;
  }
  EXPECT_NEAR(sum / kDraws, 0.5, 0.004);
  EXPECT_NEAR(normal_sum / kDraws, 0, 0.012);
  EXPECT_NEAR(squares / kDraws, 1, 0.017);
  EXPECT_NEAR(fourth / kDraws, 3, 0.12);
  EXPECT_NEAR(within / kDraws, 0.6827, 0.006);
}

}  // namespace
}  // namespace hone
