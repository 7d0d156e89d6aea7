#include <hone/nn/module.h>

#include <gtest/gtest.h>

#include <hone/autograd/ops/reduce.h>
#include <hone/core/error.h>
#include <hone/nn/layers.h>
#include <hone/nn/models/classifier.h>
#include "tests/nn/vector_model.h"

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

}  // namespace
}  // namespace hone::test
