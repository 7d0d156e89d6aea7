// HONE_CHECK_FINITE=1 names the first kernel that makes a NaN or an infinity.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>

#include <hone/autograd/ops/elementwise.h>
#include <hone/autograd/ops/matmul.h>
#include <hone/core/error.h>

namespace hone {
namespace {

// Sets HONE_CHECK_FINITE before the first launch of the process.
const int g_set = setenv("HONE_CHECK_FINITE", "1", 1);

template <class F>
std::string message(const F& f) {
  try {
    f();
  } catch (const NonFiniteError& error) {
    EXPECT_EQ(error.kind(), ErrorKind::non_finite);
    return error.what();
  }
  return "no error";
}

TEST(CheckFinite, NamesTheFirstKernel) {
  ASSERT_EQ(g_set, 0);
  const Var x = Tensor::full({3, 3}, -1), large = Tensor::full({3, 3}, 1e30);
  EXPECT_EQ(message([&] { matmul(log(x), x); }), "unary: made a NaN or an infinity from finite inputs");
  EXPECT_EQ(message([&] { matmul(large, large); }), "gemm: made a NaN or an infinity from finite inputs");
  const Var nan = Tensor::full({3, 3}, NAN);
  EXPECT_EQ(message([&] { add(nan, x); }), "binary: made a NaN or an infinity; its inputs held one already");
}

TEST(CheckFinite, LooksAtGradientsToo) {
  const Var x = Var::leaf(Tensor::full({2}, 1e-30)), y = log(x);
  EXPECT_EQ(message([&] { backward(y, Tensor::full({2}, 1e20)); }),
            "unary_backward: made a NaN or an infinity from finite inputs");
}

TEST(CheckFinite, LetsFiniteWorkPass) {
  const Var x = Tensor::full({3, 3}, 2);
  EXPECT_EQ(message([&] { matmul(log(x), exp(x)); }), "no error");
  EXPECT_EQ(message([&] { mul(Tensor::zeros({0, 3}), Tensor::zeros({3})); }), "no error");
}

}  // namespace
}  // namespace hone
