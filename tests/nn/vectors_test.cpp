// Tests of the contracts' graph and training vectors: numbers that PyTorch and transformers gave in float64.
#include <gtest/gtest.h>

#include <hone/autograd/ops/cross_entropy.h>
#include <hone/nn/optim/adamw.h>
#include "tests/nn/vector_model.h"

namespace hone {
namespace {

struct Expected {
  ModelType type;
  bool types;
  std::vector<double> logits;
  double loss, grad_norm;
};

const Expected kGraphs[] = {
    {ModelType::bert, false, {.4110872796, .2322415217, .4866239963, .1322837015}, .7468238711, .6133724438},
    {ModelType::bert, true, {.3527010496, .1316294803, .5832854681, .2560641495}, .7293954250, .4955380534},
    {ModelType::distilbert,
     false,
     {-.5461053487, -.0679307916, 1.0739025990, .7202596813},
     .9230341840,
     9.0207181806},
};

double norm_of(const Tensor& g) {
  double sum = 0;
  for (int64_t i = 0; i < g.elements(); ++i) {
    const double x = g.dtype() == Dtype::f64 ? g.data<double>()[i] : g.data<float>()[i];
    sum += x * x;
  }
  return std::sqrt(sum);
}

double total_norm(const Module& model) {
  double sum = 0;
  for (const NamedParameter& named : model.parameters())
    sum += std::pow(norm_of(named.parameter->var().grad()), 2);
  return std::sqrt(sum);
}

void check_graph(const Expected& expected, Dtype dtype, double tolerance, double relative) {
  SequenceClassifier model(vector_config(expected.type), dtype);
  fill_vector_weights(model);
  model.eval();
  const PackedBatch batch = vector_batch(expected.types);
  const Var logits = model(batch);
  const Tensor logits64 = logits.value().to(Dtype::f64);
  for (int i = 0; i < 4; ++i)
    EXPECT_NEAR(logits64.data<double>()[i], expected.logits[static_cast<size_t>(i)], tolerance);
  const Var loss = cross_entropy(logits, batch.labels);
  EXPECT_NEAR(loss.value().item(), expected.loss, tolerance);
  backward(loss);
  EXPECT_NEAR(total_norm(model), expected.grad_norm, relative * expected.grad_norm);
}

TEST(GraphVector, Float64) {
  for (const Expected& expected : kGraphs) check_graph(expected, Dtype::f64, 1e-9, 1e-9);
}

TEST(GraphVector, Float32) {
  for (const Expected& expected : kGraphs) check_graph(expected, Dtype::f32, 1e-5, 2e-5);
}

TEST(GraphVector, ParameterCounts) {
  const auto count = [](ModelType type) {
    SequenceClassifier model(vector_config(type));
    int64_t tensors = 0, values = 0;
    for (const HubTensor& tensor : hub_tensors(model)) ++tensors, values += tensor.shape().elements();
    return std::pair(tensors, values);
  };
  EXPECT_EQ(count(ModelType::bert), std::pair(int64_t{41}, int64_t{1474}));
  EXPECT_EQ(count(ModelType::distilbert), std::pair(int64_t{40}, int64_t{1458}));
}

void check_hidden(ModelType type, const std::vector<double>& hidden, const std::vector<double>& row_norms) {
  SequenceClassifier model(vector_config(type), Dtype::f64);
  fill_vector_weights(model);
  model.eval();
  const PackedBatch batch = vector_batch(false);
  const Var all = model.encoder(batch, EncoderRows::all);
  const Var first = model.encoder(batch, EncoderRows::first);
  for (int i = 0; i < 4; ++i)
    EXPECT_NEAR(all.value().data<double>()[i], hidden[static_cast<size_t>(i)], 1e-9);
  for (int i = 0; i < 8; ++i) {
    EXPECT_NEAR(first.value().data<double>()[i], all.value().data<double>()[i], 1e-13);
    EXPECT_NEAR(first.value().data<double>()[8 + i], all.value().data<double>()[4 * 8 + i], 1e-13);
  }
  backward(cross_entropy(model(batch), batch.labels));
  const Tensor grad = model.encoder.word.weight.var().grad();
  for (int64_t id = 0; id < 11; ++id) {
    const double norm = norm_of(grad.slice(id, id + 1));
    if (id >= 2 && id <= 9) {
      EXPECT_NEAR(norm, row_norms[static_cast<size_t>(id - 2)], 6e-9) << "id " << id;
    } else {
      EXPECT_EQ(norm, 0) << "id " << id;
    }
  }
}

TEST(GraphVector, HiddenStatesAndWordGradients) {
  // The contract prints .02005344 for BERT's id 8; PyTorch 2.15 in float64 gives .0200534245.
  check_hidden(ModelType::bert, {-.1745959460, .8415127930, .4862846162, -1.3853212061},
               {.11458538, .06069982, .03907925, .03512897, .00892225, .00204490, .02005342, .03502225});
  check_hidden(ModelType::distilbert, {.7609433478, -.6819967230, -.5804978396, .0256598986},
               {3.50887784, 1.15550235, .32502172, 2.91933607, .03924745, .74494007, .02717321, .01276646});
}

// Every tensor gets a gradient; only the key biases' vanish, up to rounding.
TEST(GraphVector, EveryParameterGetsAGradient) {
  for (ModelType type : {ModelType::bert, ModelType::distilbert}) {
    SequenceClassifier model(vector_config(type), Dtype::f64);
    fill_vector_weights(model);
    const PackedBatch batch = vector_batch(true);
    backward(cross_entropy(model(batch), batch.labels));
    for (const HubTensor& tensor : hub_tensors(model)) {
      const double norm = norm_of(tensor.parameter->var().grad().slice(tensor.begin, tensor.end));
      const bool key_bias = tensor.name.ends_with("key.bias") || tensor.name.ends_with("k_lin.bias");
      EXPECT_TRUE(std::isfinite(norm)) << tensor.name;
      EXPECT_TRUE(key_bias ? norm < 1e-14 : norm > 1e-6) << tensor.name << " has norm " << norm;
    }
  }
}

std::vector<double> losses(ModelType type, const AdamSettings& settings, double decay_of_all) {
  SequenceClassifier model(vector_config(type), Dtype::f64);
  fill_vector_weights(model);
  std::vector<ParameterGroup> groups = decay_groups(model, 0);
  for (ParameterGroup& group : groups) group.weight_decay = decay_of_all;
  AdamW optimizer(groups, settings);
  const PackedBatch batch = vector_batch(false);
  std::vector<double> out;
  for (int step = 0; step < 5; ++step) {
    const Var loss = cross_entropy(model(batch), batch.labels);
    out.push_back(loss.value().item());
    backward(loss);
    optimizer.step(loss.value(), 1e-3);
  }
  return out;
}

void expect_losses(const std::vector<double>& got, const std::vector<double>& expected) {
  for (size_t i = 0; i < expected.size(); ++i) EXPECT_NEAR(got[i], expected[i], 1e-9) << "step " << i + 1;
}

TEST(TrainingVector, HfForm) {
  const AdamSettings hf{AdamForm::hf, .9, .999, 1e-6};
  expect_losses(losses(ModelType::bert, hf, 0),
                {.7468238711, .7334235140, .7214168634, .7100565232, .6985985665});
  expect_losses(losses(ModelType::distilbert, hf, 0),
                {.9230341840, .7908235349, .7359229769, .7162611370, .7063388584});
}

TEST(TrainingVector, TorchFormClippedWithDecay) {
  const AdamSettings torch{AdamForm::torch, .9, .999, 1e-8, true, 1.0};
  expect_losses(losses(ModelType::bert, torch, .01),
                {.7468238711, .7333898250, .7213648281, .7099877505, .6985044282});
  expect_losses(losses(ModelType::distilbert, torch, .01),
                {.9230341840, .7908090163, .7343941500, .7151819002, .7030260050});
}

}  // namespace
}  // namespace hone
