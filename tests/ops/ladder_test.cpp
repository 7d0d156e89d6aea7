// Every public op climbs the ladder (tests/support/ladder.h) at every ugly size.
#include "tests/support/ladder.h"

#include <gtest/gtest.h>

#include "tests/cuda/emulated_device.h"
#include "tests/ops/cases.h"

namespace hone::test {
namespace {

// The devices: the CPU, and the CUDA device of builds that have one (in CI the emulated one).
class Ladder : public testing::TestWithParam<std::tuple<Device, OpGroup>> {
 protected:
  void SetUp() override {
    if (!device().is_cpu() && !cuda_there()) GTEST_SKIP() << "no CUDA device";
  }
  static Device device() { return std::get<0>(GetParam()); }
  static const OpGroup& group() { return std::get<1>(GetParam()); }
  static void climb(Failures (*check)(const OpCase&)) {
    const LadderDevice on(device());
    for (const OpCase& c : group().cases(Sizes::ugly)) {
      const Failures failures = check(c);
      EXPECT_TRUE(failures.empty()) << joined(failures);
    }
  }
};

TEST_P(Ladder, GradientsAgreeWithFiniteDifferences) { climb(check_gradients); }
TEST_P(Ladder, SinglePrecisionAgreesWithDouble) { climb(check_precision); }
TEST_P(Ladder, Bf16AgreesWithSinglePrecision) {
  if (!group().has_bf16) GTEST_SKIP() << group().name << " has no bf16 kernel: losses are f32";
  climb(check_bf16);
}
TEST_P(Ladder, FusedAgreesWithComposedAndWithItsDefinition) { climb(check_composed); }
TEST_P(Ladder, GradientsAddUp) { climb(check_accumulation); }
TEST_P(Ladder, SameBitsInEveryRunAndForAnyThreads) { climb(check_reproducible); }

// Every case is held against an independent value.
TEST_P(Ladder, HasAReference) {
  for (const OpCase& c : group().cases(Sizes::ugly)) EXPECT_TRUE(c.composed || c.definition) << c.name;
}

std::string name_of(const testing::TestParamInfo<std::tuple<Device, OpGroup>>& test) {
  const auto& [device, group] = test.param;
  return (device.is_cpu() ? "cpu_" : "cuda_") + group.name;
}

INSTANTIATE_TEST_SUITE_P(Ops, Ladder,
                         testing::Combine(testing::ValuesIn(devices()), testing::ValuesIn(op_groups())),
                         name_of);

TEST(PaddingRow, GetsNoGradient) {
  const OpCase c = padded_embedding_case();
  for (Device device : devices()) {
    if (!device.is_cpu() && !cuda_there()) continue;
    const LadderDevice on(device);
    EXPECT_EQ(joined(check_composed(c)), "");
    EXPECT_EQ(joined(check_accumulation(c)), "");
    EXPECT_EQ(joined(check_reproducible(c)), "");
  }
}

}  // namespace
}  // namespace hone::test
