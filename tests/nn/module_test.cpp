#include <hone/nn/module.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include <hone/autograd/ops/reduce.h>
#include <hone/core/error.h>
#include <hone/nn/layers.h>
#include <hone/nn/models/classifier.h>
#include "tests/cuda/emulated_device.h"
#include "tests/nn/vector_model.h"
#include "tests/support/tolerance.h"

namespace hone::test {
namespace {

std::vector<std::string> names_of(const Module& module) {
  std::vector<std::string> names;
  for (const NamedParameter& named : module.parameters()) names.push_back(named.name);
  return names;
}

TEST(Module, ForgetsAChildThatIsReplaced) {
  struct Net : Module {
    Linear body{*this, "body", 2, 3};
    std::unique_ptr<Linear> head = std::make_unique<Linear>(*this, "head", 3, 2);
  } net;
  net.initialise(1);
  net.head = std::make_unique<Linear>(*&net, "head", 3, 5);
  net.initialise(1);
  EXPECT_EQ(names_of(net),
            (std::vector<std::string>{"body.weight", "body.bias", "head.weight", "head.bias"}));
  EXPECT_EQ(net.head->weight.shape(), (Shape{5, 3}));
  net.head.reset();
  EXPECT_EQ(net.parameters().size(), 2u);
  auto parent = std::make_unique<Module>();
  Linear orphan(*parent, "child", 1, 1);
  parent.reset();  // the child outlives it
}

TEST(Module, HasParametersOfF32OrF64) {
  EXPECT_THROW(Module(Dtype::bf16), Error);
  EXPECT_THROW(Module(Dtype::i32), Error);
}

TEST(Module, FreezingKeepsValueAndGradient) {
  Module root;
  Linear line(root, "line", 3, 2);
  root.initialise(1);
  const auto gradient = [&] { return line.weight.var().grad().to_vector<float>(); };
  backward(sum(line(Tensor::full({4, 3}, 1))));
  EXPECT_EQ(gradient(), std::vector<float>(6, 4));
  line.set_requires_grad(false);
  EXPECT_FALSE(line(Tensor::full({4, 3}, 1)).requires_grad());
  line.set_requires_grad(true);
  backward(sum(line(Tensor::full({4, 3}, 1))));
  EXPECT_EQ(gradient(), std::vector<float>(6, 8));
  root.zero_grad();
  EXPECT_EQ(gradient(), std::vector<float>(6, 0));
}

// A graph's backward pass uses the masks of its forward pass, whatever step the model has moved to since.
TEST(DropoutState, AGraphKeepsItsNumbers) {
  EncoderConfig config = vector_config(ModelType::bert);
  config.hidden_dropout = config.attention_dropout = config.classifier_dropout = 0.3;
  const PackedBatch batch = vector_batch(false);
  const auto gradients = [&](bool go_on) {
    SequenceClassifier model(config, Dtype::f32, Dtype::f32);
    fill_vector_weights(model);
    model.dropout_state().set(3, 5, 0);
    const Var loss = sum(model(batch));
    if (go_on) model.dropout_state().set(3, 6, 0);
    backward(loss);
    return model.encoder.layers[0]->up.weight.var().grad().to_vector<float>();
  };
  EXPECT_EQ(gradients(true), gradients(false));
}

struct DropoutNet : Module {
  Linear hidden{*this, "hidden", 3, 64, 0.5};
  Dropout first{*this, "first", 0.4}, second{*this, "second", 0.4};
  Var operator()(const Var& x) const { return second(first(hidden(x))); }
};

TEST(Dropout, WorksInTrainingModeAlone) {
  for (const Device device : devices_there()) {
    DropoutNet net;
    net.initialise(1);
    net.to(device);
    const Var x = Tensor::full({5, 3}, 1).to(device);
    const auto zeros = [&] { return std::ranges::count(doubles(net(x).value().to(Device{})), 0.0); };
    // 320 elements, each kept with probability 0.36: six standard deviations are 52.
    EXPECT_NEAR(static_cast<double>(zeros()), 320 * 0.64, 52);
    net.eval();
    EXPECT_EQ(zeros(), 0);
    EXPECT_EQ(doubles(net(x).value().to(Device{})), doubles(net.hidden(x).value().to(Device{})));
  }
}

// The gradient of a graph sees the masks of its forward pass, whichever calls came in between.
TEST(Dropout, EveryCallHasItsOwnMaskAndKeepsIt) {
  for (const Device device : devices_there()) {
    DropoutNet net;
    net.initialise(1);
    net.to(device);
    const Var x = Var::leaf(Tensor::full({5, 64}, 1).to(device));
    const Var once = net.first(x), again = net.first(x);
    EXPECT_NE(doubles(once.value().to(Device{})), doubles(again.value().to(Device{})));
    backward(once, Tensor::full({5, 64}, 1).to(device));
    EXPECT_EQ(doubles(x.grad().to(Device{})), doubles(once.value().to(Device{})));
  }
}

TEST(Dropout, CanBeRepeatedByItsNumbers) {
  DropoutNet net, other;
  const Var x = Tensor::full({5, 64}, 1);
  const auto masked = [&](DropoutNet& one, uint32_t step) {
    one.dropout_state().set(7, step, 0);
    return doubles(one.first(x).value());
  };
  const auto expected = masked(net, 3);
  EXPECT_EQ(masked(other, 3), expected);
  EXPECT_NE(masked(net, 4), expected);
  EXPECT_EQ(masked(net, 3), expected);
  EXPECT_NE(doubles(net.second(x).value()), expected) << "another site";
  EXPECT_EQ(&net.first.dropout_state(), &net.dropout_state());
}

TEST(Dropout, TakesAProbability) {
  Module root;
  EXPECT_THROW(Dropout(root, "all", 1), Error);
  EXPECT_THROW(Dropout(root, "less", -0.1), Error);
  EXPECT_THROW(Dropout(root, "none", NAN), Error);
  const Dropout never(root, "never", 0);
  const Var x = Tensor::full({2, 3}, 1);
  EXPECT_EQ(never(x).value().data<float>(), x.value().data<float>());
}

}  // namespace
}  // namespace hone::test
