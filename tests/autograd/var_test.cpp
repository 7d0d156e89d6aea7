#include <hone/autograd/var.h>

#include <gtest/gtest.h>

#include <hone/autograd/ops/elementwise.h>
#include <hone/autograd/ops/reduce.h>
#include <hone/core/error.h>

namespace hone {
namespace {

Tensor numbers(const std::vector<double>& values) {
  return Tensor::from(values, {static_cast<int64_t>(values.size())});
}

template <class F>
std::string message(const F& f) {
  try {
    f();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(Var, ConstantsWantNoGradient) {
  const Var constant = numbers({1, 2}), leaf = Var::leaf(numbers({1, 2}));
  EXPECT_FALSE(constant.requires_grad());
  EXPECT_TRUE(leaf.requires_grad());
  EXPECT_FALSE(leaf.detach().requires_grad());
  EXPECT_EQ(leaf.detach().value().data<double>(), leaf.value().data<double>());
  EXPECT_FALSE(mul(constant, constant).requires_grad());
  EXPECT_TRUE(mul(constant, leaf).requires_grad());
  EXPECT_FALSE(Var{}.defined());
}

TEST(Var, CopiesShareTheirGradient) {
  const Var x = Var::leaf(numbers({3, 5}));
  const Var copy = x;
  backward(mul(copy, copy), numbers({1, 10}));
  EXPECT_EQ(x.grad().to_vector<double>(), (std::vector<double>{6, 100}));
}

TEST(Var, ALeafThatNothingReachedHasGradientZero) {
  EXPECT_EQ(Var::leaf(numbers({1, 2})).grad().to_vector<double>(), (std::vector<double>{0, 0}));
}

TEST(Var, SetGradMakesBackwardAddIntoThatMemory) {
  const Tensor flat = Tensor::full({6}, 1, Dtype::f64);
  Var x = Var::leaf(numbers({2, 3}));
  x.set_grad(flat.slice(2, 4));
  backward(mul(x, x), numbers({1, 1}));
  EXPECT_EQ(flat.to_vector<double>(), (std::vector<double>{1, 1, 5, 7, 1, 1}));
}

// Rows of a leaf are leaves over the same value and gradient: query, key and value within one matrix.
TEST(Var, RowsOfALeafShareValueAndGradient) {
  const Var x = Var::leaf(Tensor::from(std::vector<double>{1, 2, 3, 4, 5, 6}, {3, 2}));
  const Var middle = x.rows(1, 2), last = x.rows(1, 3);
  EXPECT_EQ(middle.value().data<double>(), x.value().data<double>() + 2);
  backward(sum(mul(middle, middle)));
  backward(sum(last));
  backward(sum(x));
  EXPECT_EQ(x.grad().to_vector<double>(), (std::vector<double>{1, 1, 8, 10, 2, 2}));
  EXPECT_FALSE(x.detach().rows(0, 1).requires_grad());
  EXPECT_EQ(message([&] { add(x, x).rows(0, 1); }), "rows: of an op's result use slice_rows()");
  EXPECT_EQ(message([&] { x.rows(2, 4); }), "slice: entries 2 to 4 of shape [3, 2]");
}

TEST(Var, Errors) {
  const Var constant = numbers({1}), leaf = Var::leaf(numbers({1}));
  EXPECT_EQ(message([&] { constant.grad(); }), "grad: only leaves keep a gradient");
  EXPECT_EQ(message([&] { add(leaf, leaf).grad(); }), "grad: only leaves keep a gradient");
  EXPECT_EQ(message([&] { Var(constant).set_grad(numbers({1})); }), "set_grad: only leaves keep a gradient");
  EXPECT_EQ(message([&] {
              Var(leaf).set_grad(numbers({1, 2}));
            }),
            "set_grad: f64 [2] on cpu for a value of shape [1]");
  EXPECT_EQ(message([&] { static_cast<void>(Var::leaf(Tensor::zeros({1}, Dtype::i32))); }),
            "leaf: i32 tensors have no gradient");
}

TEST(NoGrad, HoldsForItsScopeAndNests) {
  const Var x = Var::leaf(numbers({1}));
  EXPECT_TRUE(grad_enabled());
  {
    const NoGrad outer;
    {
      const NoGrad inner;
      EXPECT_FALSE(add(x, x).requires_grad());
    }
    EXPECT_FALSE(grad_enabled());
    EXPECT_FALSE(add(x, x).requires_grad());
  }
  EXPECT_TRUE(add(x, x).requires_grad());
}

}  // namespace
}  // namespace hone
