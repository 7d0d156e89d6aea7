// Tests of the emulator: it runs sound kernels right, in every order of threads, and finds the errors planted
// in others.
#include "cuda/emulation/emulator.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <set>

#include <hone/core/tensor.h>
#include "core/kernels/gemm.h"
#include "tests/cuda/emulated_device.h"
#include "tests/cuda/planted.h"
#include "tests/support/op_case.h"
#include "tests/support/sanitized.h"

namespace hone::test {
namespace {

constexpr ThreadOrder kOrders[] = {ThreadOrder::ascending, ThreadOrder::descending, ThreadOrder::random};

std::vector<float> sums(Plant plant, ThreadOrder order = ThreadOrder::ascending) {
  set_thread_order(order);
  std::vector<float> values(192);
  std::iota(values.begin(), values.end(), 1.0f);
  const Tensor x = Tensor::from(values, {192}).to(cuda_device()),
               y = Tensor::zeros({192}, Dtype::f32, cuda_device());
  sum_by_blocks(cuda_stream(cuda_device()), x, y, plant);
  set_thread_order(ThreadOrder::ascending);
  return y.to(Device{}).to_vector<float>();
}

std::string message(Plant plant) {
  try {
    sums(plant);
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(Emulator, RunsBarriersAndShufflesInAnyOrder) {
  std::vector<float> expected(192);
  for (size_t i = 0; i < 192; ++i) expected[i] = 64.0f * static_cast<float>(i / 64 * 64) + 65.0f * 32.0f;
  for (ThreadOrder order : kOrders) EXPECT_EQ(sums(Plant::none, order), expected);
}

// Compares tensor cores' products with the CPU's, on small whole numbers, so that every order of additions
// gives the same.
TEST(Emulator, MultipliesTiles) {
  const auto whole = [](uint64_t seed, const Shape& shape) {
    const Tensor x = Tensor::empty(shape, Dtype::bf16);
    const auto values = Numbers(seed).uniform(shape, -9, 9).to_vector<double>();
    for (size_t i = 0; i < values.size(); ++i)
      x.data<bf16>()[i] = bf16(std::round(static_cast<float>(values[i])));
    return x;
  };
  const Tensor a = whole(1, {16, 16}), b = whole(2, {16, 8}), expected = Tensor::full({16, 8}, 3);
  launch({}, kernels::Gemm{.a = a, .b = b, .c = {.view = expected, .add = true}});
  for (ThreadOrder order : kOrders) {
    set_thread_order(order);
    const Tensor c = Tensor::full({16, 8}, 3, Dtype::f32, cuda_device());
    multiply_by_tiles(cuda_stream(cuda_device()), a.to(cuda_device()), b.to(cuda_device()), c);
    EXPECT_EQ(c.to(Device{}).to_vector<float>(), expected.to_vector<float>());
  }
  set_thread_order(ThreadOrder::ascending);
  const Tensor c = expected.to(cuda_device());
  EXPECT_THROW(multiply_by_tiles(cuda_stream(cuda_device()), a.to(cuda_device()), b.to(cuda_device()), c, 4),
               Error);
}

TEST(Emulator, OrdersTellOfAMissingBarrier) {
  std::set<std::string> results;  // as bytes: some numbers are NaN
  for (ThreadOrder order : kOrders) {
    const auto values = sums(Plant::missing_barrier, order);
    results.insert({reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float)});
  }
  EXPECT_GT(results.size(), 1u);
}

TEST(Emulator, CopiesArriveWhenTheyAreWaitedFor) {
  for (const float x : sums(Plant::copy_not_waited_for, ThreadOrder::ascending)) EXPECT_TRUE(std::isnan(x));
  EXPECT_EQ(message(Plant::copy_forgotten),
            ": ends without having waited for its copies (thread (0, 0, 0) of block (0, 0, 0))");
  EXPECT_EQ(message(Plant::none), "no error");
}

TEST(Emulator, RefusesABarrierThatSomeThreadsMiss) {
  EXPECT_EQ(message(Plant::divided_barrier), ": barrier reached by 40 of 64 threads (block (0, 0, 0))");
  EXPECT_EQ(message(Plant::none), "no error");  // the next launch works again
}

TEST(Emulator, RefusesWrongShuffleMasks) {
  EXPECT_EQ(message(Plant::lane_not_in_mask),
            ": lane 7 is not in the mask 0xffffff7f that it gives (thread (7, 0, 0) of block (0, 0, 0))");
  EXPECT_EQ(message(Plant::lane_missing),
            ": of the lanes in mask 0xffffffff only 0xffffff7f came (block (0, 0, 0))");
  EXPECT_EQ(message(Plant::none), "no error");
}

TEST(Emulator, UnderAddressSanitizerGuardsMemoryToTheByte) {
  if (!kSanitized) GTEST_SKIP() << "this build is not sanitized";
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  EXPECT_DEATH(sums(Plant::out_of_bounds), "use-after-poison");
  EXPECT_DEATH(sums(Plant::shared_out_of_bounds), "heap-buffer-overflow");
}

TEST(Emulator, RefusesWhatNoGpuHas) {
  const auto nothing = [](void*) {};
  EXPECT_THROW(emulation::run_grid(1, 2048, 0, nothing, nullptr), Error);
  EXPECT_THROW(emulation::run_grid(1, 32, size_t{1} << 20, nothing, nullptr), Error);
  EXPECT_THROW(Extent(1, 1 << 17), Error);
  emulation::run_grid(0, 32, 0, nothing, nullptr);  // no blocks: legal, nothing happens
}

}  // namespace
}  // namespace hone::test
