// Tests beyond the op cases: ties, extreme logits, refused inputs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include <hone/autograd/ops/binary_cross_entropy.h>
#include <hone/autograd/ops/mean_squared_error.h>
#include <hone/autograd/ops/reduce.h>
#include <hone/core/error.h>

namespace hone::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

Var leaf(const std::vector<float>& values, const Shape& shape) {
  return Var::leaf(Tensor::from(values, shape));
}

TEST(Max, TiesGiveTheGradientToTheFirst) {
  const Var x = leaf({2, 5, 5, 5, 1, 5}, {2, 3});
  backward(max(x, Axis::columns), Tensor::from(std::vector<float>{10, 20}, {2, 1}));
  EXPECT_THAT(x.grad().to_vector<float>(), ElementsAre(0, 10, 0, 20, 0, 0));
  const Var y = leaf({2, 5, 5, 2, 1, 5}, {2, 3});
  backward(max(y, Axis::rows), Tensor::from(std::vector<float>{1, 2, 3}, {3}));
  EXPECT_THAT(y.grad().to_vector<float>(), ElementsAre(1, 2, 3, 0, 0, 0));
}

TEST(Max, ShowsNaNInsteadOfHidingIt) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_TRUE(std::isnan(max(Tensor::from(std::vector<float>{1, nan, 3}, {3})).value().item()));
  EXPECT_TRUE(std::isnan(max(Tensor::from(std::vector<float>{nan, 1, 3}, {3})).value().item()));
}

TEST(Max, OfNothingIsAnError) {
  EXPECT_THAT(
      [] {
        max(Tensor::zeros({0, 3}), Axis::rows);
      },
      ThrowsMessage<Error>(HasSubstr("max: of no elements")));
  EXPECT_THAT([] { max(Tensor::zeros({0})); }, ThrowsMessage<Error>(HasSubstr("max: of no elements")));
}

TEST(MeanSquaredError, RefusesShapesThatBroadcastingWouldAccept) {
  EXPECT_THAT(
      [] {
        mean_squared_error(Tensor::zeros({3, 3}), Tensor::zeros({3}));
      },
      ThrowsMessage<Error>(HasSubstr("mean_squared_error: target is f32 [3] on cpu")));
}

TEST(BinaryCrossEntropy, StaysExactFarOut) {
  const Tensor targets = Tensor::from(std::vector<float>{0, 1, 1, 0}, {4});
  const Var logits = leaf({1000, -1000, 1000, -1000}, {4});
  const Var loss = binary_cross_entropy(logits, targets);
  EXPECT_EQ(loss.value().item(), 500);
  backward(loss);
  EXPECT_THAT(logits.grad().to_vector<float>(), ElementsAre(0.25f, -0.25f, 0, 0));
}

TEST(BinaryCrossEntropy, HasTheRightSlopeAtZero) {
  const Var logits = leaf({0}, {1});
  const Var loss = binary_cross_entropy(logits, Tensor::full({1}, 0.75));
  EXPECT_FLOAT_EQ(static_cast<float>(loss.value().item()), std::log(2.0f));
  backward(loss);
  EXPECT_FLOAT_EQ(logits.grad().data<float>()[0], 0.5f - 0.75f);
}

TEST(BinaryCrossEntropy, RefusesOtherShapesAndNothing) {
  EXPECT_THAT(
      [] {
        binary_cross_entropy(Tensor::zeros({3, 1}), Tensor::zeros({3}));
      },
      ThrowsMessage<Error>(HasSubstr("binary_cross_entropy: targets is f32 [3] on cpu")));
  EXPECT_THAT([] { binary_cross_entropy(Tensor::zeros({0}), Tensor::zeros({0})); },
              ThrowsMessage<Error>(HasSubstr("the mean of no elements")));
}

}  // namespace
}  // namespace hone::test
