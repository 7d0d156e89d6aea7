// Compares whole models with PyTorch: with tests/golden/, written by tools/make_golden.py in float64.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <tuple>

#include <hone/autograd/ops/cross_entropy.h>
#include <hone/autograd/ops/mean_pool.h>
#include <hone/nn/optim/adamw.h>
#include <hone/nn/optim/schedule.h>
#include "core/device_runtime.h"
#include "cpu/isa.h"
#include "nn/models/weights.h"
#include "tests/cuda/emulated_device.h"
#include "tests/support/paths.h"
#include "tests/support/process.h"

namespace hone {
namespace {

const std::filesystem::path kGolden = std::filesystem::path(hone::test::source_dir()) / "tests" / "golden";

// A model's name and the device that it runs on.
using Place = std::tuple<const char*, Device>;

std::string place_name(const testing::TestParamInfo<Place>& info) {
  return std::string(std::get<0>(info.param)) + (std::get<1>(info.param).is_cpu() ? "_cpu" : "_cuda");
}

class Golden {
 public:
  Golden(const Place& place, Dtype dtype) : Golden(place, dtype, dtype) {}
  Golden(const Place& place, Dtype dtype, Dtype compute_dtype)
      : folder_(kGolden / std::get<0>(place)),
        device_(std::get<1>(place)),
        expected_(SafetensorsFile::open(folder_ / "expected.safetensors")),
        model(read_config(folder_), dtype, compute_dtype) {
    if (!load_weights(model, WeightFiles::open(folder_), 1).trained_head())
      throw Error("the golden model has no head");
    model.to(device_);
  }

  std::vector<double> numbers(const std::string& name) const {
    const TensorInfo* info = expected_.find(name);
    if (info == nullptr) throw std::runtime_error("golden file lacks " + name);
    std::vector<double> out(info->elements());
    expected_.read_f64(*info, out);
    return out;
  }
  std::vector<int64_t> integers(const std::string& name) const {
    const TensorInfo* info = expected_.find(name);
    if (info == nullptr) throw std::runtime_error("golden file lacks " + name);
    std::vector<int64_t> out(info->elements());
    expected_.read_i64(*info, out);
    return out;
  }

  // Sentence vectors of the first batch, [5, 24]: "mean" or "first".
  std::vector<double> vectors(const std::string& pooling) const {
    const SafetensorsFile file = SafetensorsFile::open(folder_ / "vectors.safetensors");
    std::vector<double> out(file.find(pooling)->elements());
    file.read_f64(*file.find(pooling), out);
    return out;
  }

  // Batch `step` of ten, packed; in the golden file it is [5, 17] with padding.
  PackedBatch batch(size_t step) const {
    const std::vector<int64_t> all_ids = integers("ids"), mask = integers("mask"),
                               all_types = integers("types"), all_labels = integers("labels");
    std::vector<int32_t> ids, positions, types, labels, lengths;
    for (size_t row = 5 * step; row < 5 * step + 5; ++row) {
      lengths.push_back(0);
      labels.push_back(static_cast<int32_t>(all_labels[row]));
      for (size_t i = 17 * row; i < 17 * row + 17 && mask[i] != 0; ++i) {
        ids.push_back(static_cast<int32_t>(all_ids[i]));
        types.push_back(static_cast<int32_t>(all_types[i]));
        positions.push_back(lengths.back()++);
      }
    }
    const auto tensor = [](const std::vector<int32_t>& v) {
      return Tensor::from(v, {static_cast<int64_t>(v.size())});
    };
    return PackedBatch{tensor(ids), tensor(positions), tensor(types), tensor(labels), SeqLens(lengths)}.to(
        device_);
  }

 private:
  std::filesystem::path folder_;
  Device device_;
  SafetensorsFile expected_;

 public:
  SequenceClassifier model;
};

void expect_close(const Tensor& got, const std::vector<double>& expected, double tolerance,
                  const std::string& what) {
  const Tensor values = got.to(Dtype::f64).to(Device{});
  ASSERT_EQ(static_cast<size_t>(values.elements()), expected.size()) << what;
  double worst = 0;
  for (size_t i = 0; i < expected.size(); ++i)
    worst = std::max(worst, std::abs(values.data<double>()[i] - expected[i]));
  EXPECT_LE(worst, tolerance) << what;
}

class GoldenModel : public testing::TestWithParam<Place> {};

// The tolerances are absolute: gradients here reach about 1.
TEST_P(GoldenModel, LogitsLossAndEveryGradient) {
  for (const Dtype dtype : {Dtype::f64, Dtype::f32}) {
    Golden golden(GetParam(), dtype);
    const double tolerance = dtype == Dtype::f64 ? 1e-11 : 2e-5;
    const PackedBatch batch = golden.batch(0);
    const Var logits = golden.model(batch);
    const Var loss = cross_entropy(logits, batch.labels);
    expect_close(logits.value(), golden.numbers("logits"), tolerance, "logits");
    expect_close(loss.value(), golden.numbers("loss"), tolerance, "loss");
    backward(loss);
    for (const HubTensor& tensor : hub_tensors(golden.model)) {
      const Tensor grad = tensor.parameter->var().grad().slice(tensor.begin, tensor.end);
      expect_close(grad, golden.numbers("grad." + tensor.name), tolerance, tensor.name);
    }
  }
}

TEST_P(GoldenModel, SentenceVectors) {
  for (const Dtype dtype : {Dtype::f64, Dtype::f32}) {
    Golden golden(GetParam(), dtype);
    const double tolerance = dtype == Dtype::f64 ? 1e-11 : 2e-5;
    const PackedBatch batch = golden.batch(0);
    golden.model.eval();
    const Var mean = mean_pool(golden.model.encoder(batch, EncoderRows::all), batch.lens);
    expect_close(mean.value(), golden.vectors("mean"), tolerance, "mean");
    const Var first = golden.model.encoder(batch, EncoderRows::first);
    expect_close(first.value(), golden.vectors("first"), tolerance, "first");
  }
}
double norm_of(const std::vector<double>& x) {
  double sum = 0;
  for (const double value : x) sum += value * value;
  return std::sqrt(sum);
}

// The tolerance in bf16: it keeps 8 bits, and two layers round some ten times each, on weights fifteen times
// as large as BERT's.
TEST_P(GoldenModel, Bf16StaysNear) {
  Golden golden(GetParam(), Dtype::f32, Dtype::bf16);
  const PackedBatch batch = golden.batch(0);
  const Var logits = golden.model(batch);
  EXPECT_EQ(logits.dtype(), Dtype::f32);
  const std::vector<double> expected = golden.numbers("logits");
  expect_close(logits.value(), expected, 0.03 * norm_of(expected), "logits");
  // The slope of relu jumps: where rounding moves a unit across 0, its whole gradient comes or goes, and no
  // bound holds.
  if (golden.model.config().hidden_act == "relu") return;
  backward(cross_entropy(logits, batch.labels));
  for (const HubTensor& tensor : hub_tensors(golden.model)) {
    // The gradient of a key bias is 0 but for rounding.
    if (tensor.name.ends_with("key.bias") || tensor.name.ends_with("k_lin.bias")) continue;
    const Tensor grad = tensor.parameter->var().grad().slice(tensor.begin, tensor.end).to(Device{});
    EXPECT_EQ(grad.dtype(), Dtype::f32);
    const std::vector<double> want = golden.numbers("grad." + tensor.name);
    std::vector<double> difference;
    for (size_t i = 0; i < want.size(); ++i) difference.push_back(grad.data<float>()[i] - want[i]);
    EXPECT_LT(norm_of(difference), 0.08 * norm_of(want)) << tensor.name;
  }
}

// The optimizer keeps each shadow equal to its rounded master, and ten losses stay near.
TEST_P(GoldenModel, Bf16Trains) {
  Golden golden(GetParam(), Dtype::f32, Dtype::bf16), exact(GetParam(), Dtype::f32);
  // With eps 1 a step is proportional to the gradient; otherwise Adam makes full steps of gradients that are
  // only rounding.
  const AdamSettings settings{AdamForm::hf, .9, .999, 1};
  AdamW optimizer(decay_groups(golden.model, .01), settings),
      reference(decay_groups(exact.model, .01), settings);
  for (size_t step = 0; step < 10; ++step) {
    const PackedBatch batch = golden.batch(step);
    const Var loss = cross_entropy(golden.model(batch), batch.labels),
              want = cross_entropy(exact.model(batch), batch.labels);
    EXPECT_NEAR(loss.value().item(), want.value().item(), 0.05) << step;
    backward(loss);
    backward(want);
    optimizer.step(loss.value(), .1);
    reference.step(want.value(), .1);
  }
  int shadows = 0;
  for (const NamedParameter& named : golden.model.parameters()) {
    if (!named.parameter->shadowed()) continue;
    ++shadows;
    const Tensor shadow = named.parameter->var().value().to(Device{}),
                 rounded = named.parameter->value().to(Device{}).to(Dtype::bf16);
    for (int64_t i = 0; i < shadow.elements(); ++i) {
      ASSERT_EQ(shadow.data<bf16>()[i].bits, rounded.data<bf16>()[i].bits) << named.name;
    }
  }
  EXPECT_EQ(shadows, 2 * 4) << "the matrices of two layers";
}

INSTANTIATE_TEST_SUITE_P(All, GoldenModel,
                         testing::Combine(testing::Values("bert", "distilbert", "bert_gelu_new",
                                                          "distilbert_relu"),
                                          testing::ValuesIn(hone::test::devices_there())),
                         place_name);

struct Recipe {
  const char* name;
  AdamSettings settings;
  double weight_decay;
  double learning_rate;
  Schedule schedule = {};
  bool has_norms = false;
};
const Recipe kRecipes[] = {
    {"hf", {AdamForm::hf, .9, .999, 1e-6}, .01, 1e-3},
    {"torch", {AdamForm::torch, .9, .999, 1e-8}, .01, 1e-3},
    {"hf_eps1", {AdamForm::hf, .9, .999, 1}, 0, .1},
    {"torch_eps1", {AdamForm::torch, .9, .999, 1}, 0, .1},
    {"hf_trainer",
     {AdamForm::torch, .9, .999, 1e-8, true, 1},
     .01,
     1e-3,
     {ScheduleKind::linear, 0, 10},
     true},
    {"hf_trainer_eps1",
     {AdamForm::torch, .9, .999, 1, true, .5},
     .01,
     .1,
     {ScheduleKind::linear, 3, 10},
     true},
};

class GoldenTraining : public testing::TestWithParam<Place> {};

// Expects the golden file's losses of ten steps, and its gradients' norms where it has them.
void expect_training(const Golden& golden, const Recipe& recipe, AdamW& optimizer, double tolerance) {
  const std::string name = recipe.name;
  const std::vector<double> losses = golden.numbers(name + ".losses");
  const std::vector<double> norms =
      recipe.has_norms ? golden.numbers(name + ".norms") : std::vector<double>{};
  for (size_t step = 0; step < losses.size(); ++step) {
    const PackedBatch batch = golden.batch(step);
    const Var loss = cross_entropy(golden.model(batch), batch.labels);
    EXPECT_NEAR(loss.value().item(), losses[step], tolerance) << name << " step " << step;
    backward(loss);
    const double rate = recipe.learning_rate * recipe.schedule.factor(optimizer.steps());
    const auto result = optimizer.step(loss.value(), rate);
    ASSERT_TRUE(result.finite);
    if (norms.empty()) continue;
    EXPECT_NEAR(result.grad_norm, norms[step], 30 * tolerance) << name << " step " << step;
  }
}

// Adam divides by the root of squared gradients. Where a gradient is only rounding noise (key biases), its
// direction is noise too, and a weight may be off by ten steps of the learning rate. Elsewhere float64 gives
// the same weights.
TEST_P(GoldenTraining, TenLossesAndFinalWeights) {
  for (const Recipe& recipe : kRecipes) {
    for (const Dtype dtype : {Dtype::f64, Dtype::f32}) {
      Golden golden(GetParam(), dtype);
      AdamW optimizer(decay_groups(golden.model, recipe.weight_decay), recipe.settings);
      expect_training(golden, recipe, optimizer, dtype == Dtype::f64 ? 1e-8 : 2e-5);
      for (const HubTensor& tensor : hub_tensors(golden.model)) {
        const bool key_bias = tensor.name.ends_with("key.bias") || tensor.name.ends_with("k_lin.bias");
        const double tolerance = key_bias ? 10 * recipe.learning_rate : (dtype == Dtype::f64 ? 3e-7 : 2e-4);
        expect_close(tensor.value(), golden.numbers(std::string(recipe.name) + "." + tensor.name), tolerance,
                     std::string(recipe.name) + " " + tensor.name);
      }
    }
  }
}
INSTANTIATE_TEST_SUITE_P(All, GoldenTraining,
                         testing::Combine(testing::Values("bert", "distilbert"),
                                          testing::ValuesIn(hone::test::devices_there())),
                         place_name);

// Repeats the tests on each other instruction set of the machine, in a process of its own.
TEST(Golden, HoldsOnEveryInstructionSet) {
  for (const Isa isa : kAllIsas) {
    if (isa == current_isa() || !supports(isa)) continue;
    const auto run = test::run_process(std::string("HONE_CPU_ISA=") + name_of(isa) + " " +
                                       test::program("test_nn") + " --gtest_filter=All/Golden*cpu*");
    EXPECT_EQ(run.exit_code, 0) << name_of(isa) << run.out;
    EXPECT_NE(run.out.find("EveryGradient"), std::string::npos) << run.out;
  }
}

}  // namespace
}  // namespace hone
