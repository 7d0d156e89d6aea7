// Under AddressSanitizer, the arena's memory is guarded like malloc's.
#include <gtest/gtest.h>

#include <hone/core/tensor.h>
#include "tests/support/sanitized.h"

namespace hone::test {
namespace {

float read(const volatile float* p) { return *p; }

TEST(ArenaUnderAddressSanitizer, CatchesReadsBeyondATensorAndAfterItsEnd) {
  if (!kSanitized) GTEST_SKIP() << "this build is not sanitized";
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  const Tensor x = Tensor::zeros({5}), other = Tensor::zeros({5});
  EXPECT_DEATH(read(x.data<float>() + 5), "use-after-poison");
  EXPECT_DEATH(read(other.data<float>() - 1), "use-after-poison");
  const float* dangling = Tensor::zeros({5}).data<float>();
  EXPECT_DEATH(read(dangling), "use-after-poison");
}

}  // namespace
}  // namespace hone::test
