// Tests of two models in one process: the packed weights of one that predicts do not depend on the other's
// training.
#include <gtest/gtest.h>

#include <hone/autograd/ops/reduce.h>
#include <hone/nn/layers.h>
#include <hone/nn/optim/adamw.h>
#include "nn/fixed_weights.h"
#include "tests/support/op_case.h"
#include "tests/support/tolerance.h"

namespace hone::test {
namespace {

struct Net : Module {
  explicit Net(uint64_t seed) { initialise(seed); }
  Linear line{*this, "line", 9, 5};
};

Tensor predict(const Net& net) {
  const NoGrad no_grad;
  return net.line(Numbers(3).normal({2, 9}).to(Dtype::f32)).value();
}

// Predictions from a copy of the weights, for which nothing is kept packed.
Tensor predict_anew(const Net& net) {
  Net copy(7);
  copy.line.weight.set_value(net.line.weight.value().clone());
  copy.line.bias.set_value(net.line.bias.value().clone());
  return predict(copy);
}

void train(Net& net, AdamW& optimizer) {
  const Var loss = sum(net.line(Numbers(4).normal({3, 9}).to(Dtype::f32)));
  backward(loss);
  optimizer.step(loss.value(), 0.1);
}

TEST(TwoModels, OneTrainsWhileTheOtherPredicts) {
  Net idle(1), busy(2);
  AdamW of_idle(decay_groups(idle, 0), {}), of_busy(decay_groups(busy, 0), {});
  const FixedWeights idle_fixed = fixed_weights(idle), busy_fixed = fixed_weights(busy);
  for (int use = 0; use < 2; ++use) {
    predict(idle);
    predict(busy);
  }
  const size_t kept = idle_fixed.packed_bytes();
  EXPECT_GT(kept, 0u);
  EXPECT_EQ(busy_fixed.packed_bytes(), kept);
  for (int step = 0; step < 3; ++step) {
    train(busy, of_busy);
    EXPECT_EQ(idle_fixed.packed_bytes(), kept) << "the other model's step threw them away";
    EXPECT_EQ(busy_fixed.packed_bytes(), 0u);
    for (const Net* net : {&idle, &busy})
      EXPECT_EQ(joined(compare_bits("y", predict(*net), predict_anew(*net))), "") << "step " << step;
  }
  train(idle, of_idle);
  EXPECT_EQ(idle_fixed.packed_bytes(), 0u);
  EXPECT_EQ(joined(compare_bits("y", predict(idle), predict_anew(idle))), "");
}

}  // namespace
}  // namespace hone::test
