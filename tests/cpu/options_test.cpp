// Tests of device options: a value that was set is read back, nothing else changes, impossible values are
// refused.
#include <gtest/gtest.h>

#include <hone/core/device_options.h>
#include <hone/core/error.h>
#include "cpu/isa.h"
#include "cpu/thread_pool.h"

namespace hone {
namespace {

TEST(DeviceOptions, OfTheCpuAreThoseOfItsThreadsAndLoops) {
  const CpuOptions before = cpu_options();
  set_cpu_options({3, Isa::portable});
  EXPECT_EQ(threads(), 3);
  EXPECT_EQ(&simd<float>(), &simd<float>(Isa::portable));
  EXPECT_EQ(cpu_options().threads, 3);
  EXPECT_EQ(cpu_options().isa, Isa::portable);
  set_cpu_options(before);
  EXPECT_EQ(cpu_options().threads, before.threads);
  EXPECT_EQ(cpu_options().isa, before.isa);
}

TEST(DeviceOptions, ThatCannotBeAreRefusedAndChangeNothing) {
  const CpuOptions before = cpu_options();
  EXPECT_THROW(set_cpu_options({0, Isa::portable}), UsageError);
  EXPECT_THROW(set_cpu_options({1025, Isa::portable}), UsageError);
  for (const Isa isa : kAllIsas) {  // no pass where the machine has all
    if (supports(isa)) continue;
    EXPECT_THROW(set_cpu_options({1, isa}), UsageError);
  }
  EXPECT_EQ(cpu_options().threads, before.threads);
  EXPECT_EQ(cpu_options().isa, before.isa);
}

TEST(DeviceOptions, OfEachCudaDeviceAreItsOwn) {
  EXPECT_FALSE(cuda_options(0).tf32);
  set_cuda_options(1, {.tf32 = true, .attention = AttentionChoice::plain});
  EXPECT_FALSE(cuda_options(0).tf32);
  EXPECT_EQ(cuda_options(0).attention, AttentionChoice::automatic);
  EXPECT_TRUE(cuda_options(1).tf32);
  EXPECT_EQ(cuda_options(1).attention, AttentionChoice::plain);
  set_cuda_options(1, {});
}

}  // namespace
}  // namespace hone
