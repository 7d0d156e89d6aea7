// Tests that cuDNN supports attention and its gradient, and agrees with hone's own kernels on the device.
#include "cuda/cudnn.h"

#include <dlfcn.h>
#include <gmock/gmock.h>

#include <cmath>

#include <hone/core/device_options.h>
#include "tests/cuda/attention_problem.h"

namespace hone::test {
namespace {

class Cudnn : public ::testing::Test {
 protected:
  void TearDown() override { set_cuda_options(0, {}); }
};

// The description of an H100 as cuDNN 9.11 and later write it; only the numbers that its engines ask for
// matter.
constexpr const char* kH100 =
    R"({"cudaDeviceId": 0, "deviceName": "NVIDIA H100", "deviceVer": 900, "driverVer": 13000,
  "maxGridSize": [2147483647, 65535, 65535], "maxBlockSize": [1024, 1024, 64], "regsPerBlock": 65536,
  "multiProcessorCount": 132, "warpSize": 32, "maxThreadsPerBlock": 1024, "smClockRateKHz": 1980000,
  "memClockRateKHz": 2619000, "l2CacheSize": 52428800, "maxSharedMemoryPerBlock": 49152,
  "maxSharedMemoryPerBlockOptin": 232448, "reservedSharedMemoryPerBlock": 1024, "maxRegistersPerSM": 65536,
  "pciDeviceId": 0, "maxCtasPerSM": 32, "maxThreadsPerSM": 2048, "isTccDriver": 0, "supportCoopLaunch": 1,
  "totalGlobalMem": 85000000000})";

// Needs no GPU, only the driver's library or the toolkit's stub of it (which .ci/run provides).
TEST_F(Cudnn, HasEnginesForAnH100) {
  if (const std::string why = kernels::why_no_cudnn(); !why.empty()) GTEST_SKIP() << why;
  if (dlopen("libcuda.so.1", RTLD_LAZY) == nullptr) GTEST_SKIP() << "no libcuda.so.1";
  for (const int64_t head_dim : {32, 64, 128}) {
    for (const std::vector<int32_t>& queries : {{17, 512, 300}, std::vector<int32_t>{1, 1, 1}}) {
      const AttentionProblem problem({queries, {17, 512, 300}, 12, head_dim}, Device{});
      EXPECT_GT(cudnn_engines(problem.attention(), kH100), 0) << head_dim;
      EXPECT_GT(cudnn_engines(problem.backward(), kH100), 0) << head_dim;
    }
  }
}

AttentionResults compute(const AttentionProblem& problem, AttentionChoice choice) {
  set_cuda_options(0, {.attention = choice});
  // Fills free memory with NaN: a kernel that reads memory before it is written shows.
  Tensor::full({int64_t{1} << 20}, NAN, Dtype::f32, cuda_device());
  launch(cuda_device(), problem.attention());
  Tensor::full({int64_t{1} << 20}, NAN, Dtype::f32, cuda_device());
  launch(cuda_device(), problem.backward());
  const auto here = [](const Tensor& x) { return x.to(Device{}).to(Dtype::f32); };
  return {here(problem.out), here(problem.lse), here(problem.dq), here(problem.dkv)};
}

// The second implementation: cuDNN's, or on the emulated device hone's own in its place, so that these tests
// are tested themselves.
AttentionChoice second() { return kEmulatedCuda ? AttentionChoice::plain : AttentionChoice::cudnn; }

// The results of hone's own kernels in f32 on the same numbers.
AttentionResults exactly(const AttentionProblem& rounded, const AttentionSizes& sizes) {
  AttentionProblem problem(sizes, cuda_device(), Dtype::f32);
  problem.q.copy_from(rounded.q.to(Dtype::f32));
  if (sizes.queries != sizes.keys) problem.kv.copy_from(rounded.kv.to(Dtype::f32));
  problem.dout.copy_from(rounded.dout.to(Dtype::f32));
  return compute(problem, AttentionChoice::plain);
}

std::vector<AttentionSizes> cases() {
  std::vector<AttentionSizes> all{{{1}, {1}},
                                  {{31, 32, 33}, {31, 32, 33}},
                                  {{40, 7}, {40, 7}},  // lengths of the same bucket
                                  {{0, 5, 0, 9}, {0, 5, 0, 9}, 2, 32},
                                  {{1, 1, 1}, {129, 300, 7}, 2, 64}};
  if (kEmulatedCuda) return all;  // the others take too long
  all.insert(all.end(), {{{1, 1, 1}, {129, 512, 7}, 12, 64},
                         {{300, 17, 512}, {300, 17, 512}, 12, 64},
                         {{257, 3}, {257, 3}, 2, 128}});
  return all;
}

TEST_F(Cudnn, AgreesWithThePlainKernels) {
  if (!cuda_there()) GTEST_SKIP() << "no CUDA device";
  if (const std::string why = kernels::why_no_cudnn(); !kEmulatedCuda && !why.empty()) GTEST_SKIP() << why;
  for (const AttentionSizes& sizes : cases()) {
    SCOPED_TRACE("heads of " + std::to_string(sizes.head_dim) + ", longest " +
                 std::to_string(SeqLens(sizes.keys).longest()));
    const AttentionProblem problem(sizes, cuda_device());
    const AttentionResults exact = exactly(problem, sizes), got = compute(problem, second());
    const auto expect_near = [](const char* what, const Tensor& x, const Tensor& wanted, double bound) {
      EXPECT_EQ(joined(compare(what, x, wanted, bound)), "");
      EXPECT_NE(joined(compare(what, Tensor::zeros(wanted.shape()), wanted, bound)), "")
          << "the bound is too wide to tell";
    };
    // The probabilities are rounded to bf16, by half a unit of 2^-8 each, and so is their mean of the values.
    const double values = largest(problem.kv.to(Device{}).to(Dtype::f32));
    expect_near("out", got.out, exact.out, 0x1p-9 * (values + largest(exact.out)));
    expect_near("lse", got.lse, exact.lse, 1e-4);
    const double bound = bf16_gradient_bound(problem, exact);
    expect_near("dq", got.dq, exact.dq, bound);
    expect_near("dkv", got.dkv, exact.dkv, bound);
    const AttentionResults again = compute(problem, second());
    EXPECT_EQ(joined(compare_bits("out again", again.out, got.out)), "");
    EXPECT_EQ(joined(compare_bits("dq again", again.dq, got.dq)), "");
    EXPECT_EQ(joined(compare_bits("dkv again", again.dkv, got.dkv)), "");
  }
}

// A replay must read the lengths of the current batch: the same bits as without a recording, since the
// bucket, and so the plan, is the same.
TEST_F(Cudnn, ComputesOtherLengthsWhenReplayed) {
  if (!cuda_there()) GTEST_SKIP() << "no CUDA device";
  if (const std::string why = kernels::why_no_cudnn(); !kEmulatedCuda && !why.empty()) GTEST_SKIP() << why;
  AttentionProblem problem({{200, 56}, {200, 56}}, cuda_device());
  compute(problem, second());  // makes the plan
  const auto recording = runtime_of(cuda_device()).record([&] {
    launch(cuda_device(), problem.attention());
    launch(cuda_device(), problem.backward());
  });
  Tensor lengths = problem.queries.offsets(cuda_device());
  lengths.copy_from(Tensor::from(std::vector<int32_t>{0, 56, 256}, {3}));
  recording->replay();
  const Tensor replayed = problem.out.to(Device{}), gradient = problem.dq.to(Device{});
  problem.queries = problem.keys = SeqLens({56, 200});
  compute(problem, second());
  EXPECT_EQ(joined(compare_bits("out", replayed, problem.out.to(Device{}))), "");
  EXPECT_EQ(joined(compare_bits("gradient", gradient, problem.dq.to(Device{}))), "");
}

}  // namespace
}  // namespace hone::test
