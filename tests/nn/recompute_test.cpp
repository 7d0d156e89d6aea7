// Tests that an encoder that recomputes its layers in the backward pass gives the same bits as one that keeps
// their saved tensors.
#include <hone/autograd/ops/recompute.h>

#include <gtest/gtest.h>

#include <hone/autograd/ops/cross_entropy.h>
#include <hone/autograd/ops/elementwise.h>
#include <hone/core/error.h>
#include "autograd/ops/binary.h"
#include "tests/nn/vector_model.h"

namespace hone::test {
namespace {

// The loss and all gradients of one training step, dropout included.
std::vector<double> loss_and_gradients(ModelType type, Dtype compute, bool again, bool freeze_embeddings) {
  EncoderConfig config = vector_config(type);
  config.hidden_dropout = config.attention_dropout = config.classifier_dropout = 0.3;
  SequenceClassifier model(config, Dtype::f32, compute);
  fill_vector_weights(model);
  model.initialise(1);  // rounds the shadows
  if (freeze_embeddings) {
    for (Embedding* table : {&model.encoder.word, &model.encoder.position, model.encoder.type.get()}) {
      if (table) table->set_requires_grad(false);
    }
    model.encoder.norm.set_requires_grad(false);
  }
  model.encoder.set_recompute(again);
  model.dropout_state().set(3, 5, 0);
  const PackedBatch batch = vector_batch(false);
  const Var loss = cross_entropy(model(batch), batch.labels);
  backward(loss);
  std::vector<double> out{loss.value().item()};
  for (const NamedParameter& named : model.parameters()) {
    if (!named.parameter->requires_grad()) continue;
    for (const float x : named.parameter->var().grad().to_vector<float>()) out.push_back(x);
  }
  return out;
}

TEST(Recompute, ItsPassWorksWithinNoGrad) {
  Var x = Var::leaf(Tensor::full({2}, 1));
  const Var y = recompute([](const Var& v) { return exp(v); }, x, {});
  const NoGrad no_grad;
  backward(y, Tensor::full({2}, 1));
  EXPECT_FLOAT_EQ(x.grad().to_vector<float>()[0], std::exp(1.0f));
}

// A value with a graph behind it is refused: the second pass would run on through the ops that made it.
TEST(Recompute, RefusesOpsResultsBesideItsInput) {
  const Var x = Var::leaf(Tensor::full({2}, 1)), w = exp(x);
  EXPECT_THROW(recompute([&](const Var& v) { return mul(v, w); }, x, {w}), Error);
}

TEST(Recompute, GivesTheSameBits) {
  for (const ModelType type : {ModelType::bert, ModelType::distilbert}) {
    for (const Dtype compute : {Dtype::f32, Dtype::bf16}) {
      for (const bool freeze : {false, true}) {
        const auto kept = loss_and_gradients(type, compute, false, freeze);
        EXPECT_EQ(loss_and_gradients(type, compute, true, freeze), kept);
        EXPECT_GT(kept.size(), 100u);
      }
    }
  }
}

// A value that is used both inside and outside the recomputed function gets both contributions.
TEST(Recompute, AddsToOtherGradients) {
  const Var leaf = Var::leaf(Tensor::full({3}, 0.5));
  const Var scale = Var::leaf(Tensor::full({3}, 2));
  const Var x = tanh(leaf);
  const Var y = recompute([&](const Var& v) { return binary(BinaryKind::mul, v, scale); }, x, {scale});
  backward(binary(BinaryKind::add, x, y), Tensor::full({3}, 1));
  const double t = std::tanh(0.5);
  EXPECT_NEAR(leaf.grad().slice(1, 2).item(), (1 - t * t) * 3, 1e-6);
  EXPECT_NEAR(scale.grad().slice(1, 2).item(), t, 1e-6);
}

TEST(Recompute, RecordsNothingWithoutAWish) {
  const Var y = recompute([](const Var& v) { return tanh(v); }, Var(Tensor::full({2}, 1)), {});
  EXPECT_FALSE(y.requires_grad());
}

}  // namespace
}  // namespace hone::test
