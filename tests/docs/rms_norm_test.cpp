#include <gtest/gtest.h>

#include "tests/support/ladder.h"

namespace hone::test {

OpCases rms_norm_cases(Sizes sizes);

namespace {

TEST(RmsNorm, ClimbsTheLadder) {
  for (const OpCase& c : rms_norm_cases(Sizes::ugly)) {
    for (auto check :
         {check_gradients, check_precision, check_composed, check_accumulation, check_reproducible}) {
      EXPECT_EQ(joined(check(c)), "");
    }
  }
}

}  // namespace
}  // namespace hone::test
