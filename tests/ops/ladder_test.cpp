// Every public op climbs the ladder (tests/support/ladder.h) at every ugly size.
#include "tests/support/ladder.h"

#include <gtest/gtest.h>

#include <set>

#include "tests/ops/cases.h"

namespace hone::test {
namespace {

class Ladder : public testing::TestWithParam<OpGroup> {
 protected:
  static void climb(Failures (*check)(const OpCase&)) {
    for (const OpCase& c : GetParam().cases(Sizes::ugly)) {
      const Failures failures = check(c);
      EXPECT_TRUE(failures.empty()) << joined(failures);
    }
  }
};

TEST_P(Ladder, GradientsAgreeWithFiniteDifferences) { climb(check_gradients); }
TEST_P(Ladder, SinglePrecisionAgreesWithDoubleOnEveryInstructionSet) { climb(check_precision); }
TEST_P(Ladder, Bf16AgreesWithSinglePrecisionOnEveryInstructionSet) {
  static const std::set<std::string> kWithout = {"softmax",           "log_softmax", "cross_entropy", "max",
                                                 "mean_squared_error", "binary_cross_entropy"};
  if (kWithout.contains(GetParam().name)) GTEST_SKIP() << GetParam().name << " has no bf16 kernel: losses are f32";
  climb(check_bf16);
}
TEST_P(Ladder, FusedAgreesWithComposedAndWithItsDefinition) { climb(check_composed); }
TEST_P(Ladder, GradientsAddUp) { climb(check_accumulation); }
TEST_P(Ladder, SameBitsInEveryRunAndForAnyThreads) { climb(check_reproducible); }

// Every case is held against an independent value.
TEST_P(Ladder, HasAReference) {
  for (const OpCase& c : GetParam().cases(Sizes::ugly)) EXPECT_TRUE(c.composed || c.definition) << c.name;
}

INSTANTIATE_TEST_SUITE_P(Ops, Ladder, testing::ValuesIn(op_groups()),
                         [](const auto& group) { return group.param.name; });

TEST(PaddingRow, GetsNoGradient) {
  const OpCase c = padded_embedding_case();
  EXPECT_EQ(joined(check_composed(c)), "");
  EXPECT_EQ(joined(check_accumulation(c)), "");
  EXPECT_EQ(joined(check_reproducible(c)), "");
}

}  // namespace
}  // namespace hone::test
