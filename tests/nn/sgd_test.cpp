// SGD beyond its formula, which tests/nn/golden_optim_test.cpp holds to PyTorch's.
#include <hone/nn/optim/sgd.h>

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include <hone/autograd/ops/reduce.h>
#include <hone/core/error.h>
#include <hone/nn/layers.h>
#include "tests/cuda/emulated_device.h"
#include "tests/support/tolerance.h"

namespace hone::test {
namespace {

struct Net : Module {
  explicit Net(Device device, uint64_t seed = 3, Dtype compute = Dtype::f32) : half(*this, "half", compute) {
    initialise(seed);
    Module::to(device);
  }
  struct Half : Module {
    Half(Module& parent, const std::string& name, Dtype compute) : Module(parent, name, compute) {}
    Linear first{*this, "first", 3, 150}, second{*this, "second", 150, 1};
  } half;
  Var loss(double x) const {
    const Tensor in = Tensor::full({5, 3}, x).to(half.compute_dtype()).to(half.first.weight.value().device());
    return mean(half.second(half.first(in)));
  }
};

const SgdSettings kRich{.momentum = .9, .nesterov = true, .clip_norm = .5};

void step(const Net& net, Optimizer& optimizer, double x) {
  const Var loss = net.loss(x);
  backward(loss);
  optimizer.step(loss.value(), .01);
}

std::vector<double> values(const Optimizer& optimizer) { return doubles(optimizer.values().to(Device{})); }

TEST(SGD, RefusesSettingsThatMakeNoSense) {
  Net net({});
  EXPECT_THROW(SGD(decay_groups(net), {.nesterov = true}), Error);
  EXPECT_THROW(SGD(decay_groups(net), {.momentum = -.1}), Error);
}

TEST(SGD, GoesOnFromACheckpointBitForBit) {
  for (const Device device : devices_there()) {
    Net straight(device), before(device), after(device, 9);
    SGD one(decay_groups(straight, .1), kRich), two(decay_groups(before, .1), kRich),
        three(decay_groups(after, .1), kRich);
    for (int i = 1; i <= 5; ++i) step(straight, one, i);
    for (int i = 1; i <= 3; ++i) step(before, two, i);
    auto to = three.state();
    ASSERT_EQ(to.size(), 4u);
    for (size_t i = 0; const auto& from : two.state()) {
      EXPECT_EQ(from.name, "momentum");
      to[i++].values.copy_from(from.values);
    }
    for (size_t i = 0; i < 4; ++i)
      after.parameters()[i].parameter->value().copy_from(before.parameters()[i].parameter->value());
    three.resume_at(two.steps());
    for (int i = 4; i <= 5; ++i) step(after, three, i);
    EXPECT_EQ(three.steps(), 5);
    EXPECT_EQ(values(three), values(one));
  }
}

TEST(SGD, WithoutMomentumThereIsNoState) {
  Net net({});
  SGD optimizer(decay_groups(net));
  EXPECT_TRUE(optimizer.state().empty());
  const double before = net.loss(1).value().item();
  step(net, optimizer, 1);
  EXPECT_LT(net.loss(1).value().item(), before);
}

// Also keeps gradients of matrices for the next step to overwrite.
TEST(SGD, NothingMovesWhenLossOrGradientIsNotFinite) {
  for (const Device device : devices_there()) {
    Net net(device);
    SGD optimizer(decay_groups(net, .1), kRich);
    step(net, optimizer, 1);
    const auto before = values(optimizer), momentum = doubles(optimizer.state()[0].values.to(Device{}));
    backward(net.loss(1));
    EXPECT_FALSE(optimizer.step(Tensor::full({1}, NAN).to(device), .01).finite);
    backward(net.loss(INFINITY));
    EXPECT_FALSE(optimizer.step(Tensor::full({1}, 1).to(device), .01).finite);
    EXPECT_EQ(values(optimizer), before);
    EXPECT_EQ(doubles(optimizer.state()[0].values.to(Device{})), momentum);
    for (const double g : doubles(optimizer.gradients().to(Device{}))) EXPECT_EQ(g, 0);
    EXPECT_EQ(optimizer.steps(), 1);
  }
}

TEST(SGD, ShadowsAreTheRoundedValues) {
  for (const Device device : devices_there()) {
    Net net(device, 3, Dtype::bf16);
    SGD optimizer(decay_groups(net, .1), kRich);
    const auto before = values(optimizer);
    for (int i = 1; i <= 3; ++i) step(net, optimizer, i);
    EXPECT_NE(values(optimizer), before);
    for (const Parameter* p : {&net.half.first.weight, &net.half.second.weight}) {
      const Tensor shadow = p->var().value().to(Device{}), rounded = p->value().to(Device{}).to(Dtype::bf16);
      EXPECT_EQ(shadow.dtype(), Dtype::bf16);
      EXPECT_EQ(doubles(shadow), doubles(rounded));
    }
  }
}

}  // namespace
}  // namespace hone::test
