// Tests that the gradients of keys and values in bf16 are rounded once, however many blocks of queries they
// are sums over.
#include <hone/autograd/ops/attention.h>

#include <gtest/gtest.h>

#include <hone/autograd/ops/shape.h>
#include "tests/support/op_case.h"

namespace hone::test {
namespace {

TEST(Attention, ValuesGradientInBf16IsRoundedOnce) {
  constexpr int64_t tokens = 200, hidden = 24;
  const Tensor qkv = Numbers(1).uniform({tokens, 3 * hidden}, 0.5, 1).to(Dtype::bf16);
  const Tensor upstream = Numbers(2).uniform({tokens, hidden}, 0.5, 1).to(Dtype::bf16);
  const SeqLens lens({static_cast<int32_t>(tokens)});
  const auto gradient = [&](Dtype dtype) {
    const Tensor x = qkv.to(Dtype::f32);
    const Var leaf = Var::leaf(x);
    backward(self_attention(dtype == Dtype::bf16 ? cast(leaf, Dtype::bf16) : leaf, lens, 2, {}),
             upstream.to(dtype));
    return leaf.grad().to_vector<float>();
  };
  const auto exact = gradient(Dtype::f32), rounded = gradient(Dtype::bf16);
  for (int64_t token = 0; token < tokens; ++token) {
    for (int64_t c = 2 * hidden; c < 3 * hidden; ++c) {  // all positive: nothing cancels
      const auto i = static_cast<size_t>(token * 3 * hidden + c);
      ASSERT_NEAR(rounded[i], exact[i], exact[i] * (0x1p-8 + 1e-5)) << token << " " << c;
    }
  }
}

}  // namespace
}  // namespace hone::test
