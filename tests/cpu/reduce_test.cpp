// Tests of sums of many numbers, where adding one after the other in f32 would be wrong by percents.
#include "core/kernels/reduce.h"

#include <gtest/gtest.h>

#include <cmath>

#include <hone/autograd/ops/reduce.h>
#include "core/kernels/cross_entropy.h"
#include "cpu/thread_pool.h"

namespace hone {
namespace {

TEST(Sum, OfMillionsIsRight) {
  constexpr int64_t n = 20'000'000;
  for (const Shape& shape : {Shape{n}, Shape{n, 1}, Shape{1, n}, Shape{n / 1000, 1000}}) {
    EXPECT_EQ(sum(Var(Tensor::full(shape, 1))).value().item(), n) << to_string(shape);
  }
  EXPECT_EQ(sum(Var(Tensor::full({1, n}, 1)), Axis::columns).value().item(), n);
  // At most 64 numbers are added one after the other in f32, each time rounded by half an eps at most.
  EXPECT_NEAR(mean(Var(Tensor::full({n}, 0.1))).value().item(), 0.1, 0.1 * 64 * 0x1p-24);
}

TEST(Sum, DoesNotDependOnTheThreads) {
  std::vector<float> numbers(1'000'003);
  for (size_t i = 0; i < numbers.size(); ++i) numbers[i] = 1 / static_cast<float>(i + 1);
  const Tensor x = Tensor::from(numbers, {1'000'003});
  const int before = threads();
  set_threads(1);
  const double one = sum(Var(x)).value().item();
  set_threads(7);
  EXPECT_EQ(sum(Var(x)).value().item(), one);
  set_threads(before);
  EXPECT_NEAR(one, 14.392729, 2e-6);  // ln n + Euler's constant + 1 / 2n
}

TEST(CrossEntropy, OfAMillionRowsIsRight) {
  constexpr int64_t n = 1'000'000;
  const Tensor logits = Tensor::zeros({n, 2}, Dtype::f32), labels = Tensor::zeros({n}, Dtype::i32);
  const Tensor p = Tensor::empty({n, 2}), loss = Tensor::empty({1});
  launch({}, kernels::CrossEntropy{.logits = logits,
                                   .labels = labels,
                                   .loss = loss,
                                   .probabilities = p,
                                   .divisor = static_cast<double>(n)});
  EXPECT_FLOAT_EQ(static_cast<float>(loss.item()), 0.6931472f);
}

// A row without a label whose logits make its probabilities NaN: they must not reach the gradient.
TEST(CrossEntropy, ARowWithoutLabelHasNoGradientWhateverItsLogits) {
  const Tensor logits = Tensor::from(std::vector<float>{1, 2, INFINITY, 0}, {2, 2});
  const Tensor labels = Tensor::from(std::vector<int32_t>{1, kNoLabel}, {2});
  const Tensor p = Tensor::empty({2, 2}), loss = Tensor::empty({1}), dx = Tensor::empty({2, 2});
  launch({}, kernels::CrossEntropy{
                 .logits = logits, .labels = labels, .loss = loss, .probabilities = p, .divisor = 1});
  launch({}, kernels::CrossEntropyBackward{.probabilities = p,
                                           .labels = labels,
                                           .dloss = Tensor::full({1}, 1),
                                           .dlogits = {.view = dx},
                                           .divisor = 1});
  EXPECT_NE(dx.data<float>()[0], 0);
  EXPECT_EQ(dx.data<float>()[2], 0);
  EXPECT_EQ(dx.data<float>()[3], 0);
}

}  // namespace
}  // namespace hone
