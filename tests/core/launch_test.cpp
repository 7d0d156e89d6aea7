#include "core/launch.h"

#include <gtest/gtest.h>

#include <hone/core/tensor.h>
#include "core/kernels/copy.h"
#include "core/kernels/gemm.h"
#include "core/profile.h"

namespace hone {
namespace {

TEST(Launch, RefusesOtherDevices) {
  const Tensor x = Tensor::zeros({2, 2}), y = x.clone();
  try {
    launch({DeviceType::cuda, 0}, kernels::Copy{.x = x, .out = {.view = y}});
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), kHasCuda ? "copy: x is f32 [2, 2] on cpu, expected on cuda:0"
                                        : "copy: this build of hone runs on the CPU only");
  }
  View elsewhere = x;
  elsewhere.device = {DeviceType::cuda, 0};
  try {
    launch({}, kernels::Copy{.x = elsewhere, .out = {.view = y}});
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "copy: x is f32 [2, 2] on cuda:0, expected on cpu");
  }
}

TEST(Profile, CountsCallsBytesAndOperationsWhileItIsOn) {
  const Tensor a = Tensor::zeros({4, 8}), b = Tensor::zeros({8, 2}), c = Tensor::zeros({4, 2});
  const kernels::Gemm gemm{.a = a, .b = b, .c = {.view = c}};
  profile().clear();
  launch({}, gemm);
  EXPECT_TRUE(profile().empty());
  set_profiling(true);
  launch({}, gemm);
  launch({}, gemm);
  set_profiling(false);
  launch({}, gemm);
  ASSERT_EQ(profile().count("gemm"), 1u);
  const ProfileRow& row = profile()["gemm"];
  EXPECT_EQ(row.calls, 2);
  EXPECT_EQ(row.flops, 2 * 2.0 * 4 * 8 * 2);
  EXPECT_EQ(row.bytes, 2 * 4.0 * (32 + 16 + 8));
  EXPECT_GT(row.seconds, 0);
  EXPECT_NE(profile_table().find("gemm"), std::string::npos);
  profile().clear();
}

TEST(Launch, FiniteChecksAreOffByDefault) {
  const Tensor x = Tensor::full({3}, 1e38), y = x.clone();
  EXPECT_NO_THROW(launch({}, kernels::Copy{.x = x, .out = {.view = y, .add = true}, .scale = 10}));
}

}  // namespace
}  // namespace hone
