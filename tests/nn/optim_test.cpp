#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include <hone/autograd/ops/elementwise.h>
#include <hone/autograd/ops/reduce.h>
#include <hone/core/error.h>
#include <hone/nn/layers.h>
#include <hone/nn/optim/adamw.h>
#include <hone/nn/optim/schedule.h>
#include "autograd/node.h"
#include "core/device_runtime.h"

namespace hone {
namespace {

struct Net : Module {
  explicit Net(Dtype dtype = Dtype::f32) : Module(dtype) {}
  Linear first{*this, "first", 3, 7}, second{*this, "second", 7, 1};
  LayerNorm norm{*this, "norm", 7, 1e-5};
};

// The contracts' linear regression; the expected numbers are torch.optim.AdamW's.
TEST(AdamW, LinearRegression) {
  struct Regression : Module {
    Regression() : Module(Dtype::f64) {}
    Linear line{*this, "line", 2, 1};
  } model;
  model.line.weight.set_value(Tensor::zeros({1, 2}, Dtype::f64));
  model.line.bias.set_value(Tensor::zeros({1}, Dtype::f64));
  AdamW optimizer({{{&model.line.weight, &model.line.bias}, .01}}, {AdamForm::torch, .9, .999, 1e-8});
  const Tensor x = Tensor::from(std::vector<double>{2, 1, 7, 4, -4, 12, 5, 8}, {4, 2});
  std::vector<double> targets;
  for (int i = 0; i < 4; ++i)
    targets.push_back(3 * x.data<double>()[2 * i] + x.data<double>()[2 * i + 1] - 2);
  const Var y(Tensor::from(targets, {4, 1}));
  for (int step = 0; step < 100; ++step) {
    const Var error = sub(model.line(x), y);
    const Var loss = sum(mul(error, error));
    backward(loss);
    optimizer.step(loss.value(), .1);
  }
  EXPECT_NEAR(model.line.weight.value().data<double>()[0], 2.72568861, 1e-8);
  EXPECT_NEAR(model.line.weight.value().data<double>()[1], .70969757, 1e-8);
  EXPECT_NEAR(model.line.bias.value().item(), .78725649, 1e-8);
}

// A run resumed from values, moments and the count of steps continues in the same bits.
TEST(AdamW, GoesOnFromACheckpointBitForBit) {
  const auto step = [](Net& net, AdamW& optimizer, int number) {
    const Tensor x = Tensor::full({5, 3}, .1 * number);
    const Var loss = mean(net.second(net.norm(net.first(Var(x)))));
    backward(loss);
    optimizer.step(loss.value(), .01);
  };
  Net straight, before, after;
  for (Net* net : {&straight, &before, &after}) {
    net->initialise(net == &after ? 9 : 3);
    net->first.bias.set_requires_grad(false);  // so it has no moments
  }
  AdamW one(decay_groups(straight, .1), {}), two(decay_groups(before, .1), {}),
      three(decay_groups(after, .1), {});
  for (int i = 1; i <= 5; ++i) step(straight, one, i);
  for (int i = 1; i <= 3; ++i) step(before, two, i);
  const auto copy = [](const Tensor& from, const Tensor& to) {
    std::ranges::copy(from.span<float>(), to.data<float>());
  };
  const auto from = two.state(), to = three.state();
  ASSERT_EQ(from.size(), 2 * (before.parameters().size() - 1));
  for (size_t i = 0; i < from.size(); ++i) {
    EXPECT_EQ(from[i].name, i % 2 == 0 ? "m" : "v");
    EXPECT_EQ(from[i].values.shape(), from[i].parameter->shape());
    copy(from[i].values, to[i].values);
  }
  for (size_t i = 0; i < before.parameters().size(); ++i) {
    copy(before.parameters()[i].parameter->value(), after.parameters()[i].parameter->value());
  }
  three.resume_at(3);
  for (int i = 4; i <= 5; ++i) step(after, three, i);
  EXPECT_EQ(three.steps(), 5);
  EXPECT_EQ(one.values().to_vector<float>(), three.values().to_vector<float>());
  EXPECT_EQ(one.first_moments().to_vector<float>(), three.first_moments().to_vector<float>());
  EXPECT_EQ(one.second_moments().to_vector<float>(), three.second_moments().to_vector<float>());
}

// Gradients of matrices are overwritten, not cleared: a second step must not see the first one's, a step of
// two parts must add, and a parameter that had no part in the loss has no gradient.
TEST(AdamW, LeavesNoGradientToTheNextStep) {
  struct Mixed : Module {
    Mixed(Module& parent, Dtype compute) : Module(parent, "mixed", compute) {}
    Linear used{*this, "used", 3, 7}, unused{*this, "unused", 5, 4};
  };
  for (const Dtype compute : {Dtype::bf16, Dtype::f32}) {
    Module masters(Dtype::f32);
    Mixed net(masters, compute);
    masters.initialise(3);
    AdamW optimizer(decay_groups(masters, .1), {});
    const auto gather = [&](double x) {
      const Var y = net.used(Var(Tensor::full({5, 3}, x, compute)));
      backward(y, Tensor::full(y.shape(), 1, compute));
    };
    const Tensor loss = Tensor::zeros({1}, Dtype::f32);
    const auto gradient = [&](const Linear& layer) { return layer.weight.var().grad().to_vector<float>(); };
    const Var other = net.unused(Var(Tensor::full({3, 5}, 1, compute)));
    backward(other, Tensor::full(other.shape(), 1, compute));
    EXPECT_EQ(optimizer.step(loss, .01).grad_norm, std::sqrt(20 * 9.0 + 4 * 9));
    EXPECT_EQ(optimizer.step(loss, .01).grad_norm, 0);
    gather(1);
    EXPECT_EQ(gradient(net.used), std::vector<float>(21, 5));
    for (int step = 0; step < 2; ++step) {
      optimizer.step(loss, .01);
      EXPECT_EQ(leaf_gradient("test", net.used.weight.var()).content(), Gradient::Content::stale);
      EXPECT_EQ(leaf_gradient("test", net.used.bias.var()).content(), Gradient::Content::all);
      gather(2);
      gather(4);
      EXPECT_EQ(gradient(net.used), std::vector<float>(21, 30));
      EXPECT_EQ(optimizer.step(loss, .01).grad_norm, std::sqrt(21 * 900.0 + 7 * 100));
      Optimizer::Step window = optimizer.begin(.01);
      for (int part = 0; part < 2; ++part) {
        window.micro_batch(false, [&](const Optimizer::MicroBatch& work) {
          work.backward(sum(net.used(Var(Tensor::full({5, 3}, 2, compute)))));
        });
        EXPECT_EQ(gradient(net.unused), std::vector<float>(20, 0));
      }
      EXPECT_EQ(gradient(net.used), std::vector<float>(21, 20));
    }
  }
}

// A window of micro-batches is one step with the sum of their losses, whatever the memory held before.
TEST(Optimizer, StepsOverAWindowOfMicroBatches) {
  Net whole, parts;
  for (Net* net : {&whole, &parts}) net->initialise(3);
  AdamW one(decay_groups(whole), {}), other(decay_groups(parts), {});
  const auto loss = [](Net& net, double x) {
    return mean(net.second(net.norm(net.first(Tensor::full({5, 3}, x)))));
  };
  for (int i = 0; i < 3; ++i) {
    const Var all = add(loss(whole, 1), loss(whole, i));
    backward(all);
    const auto expected = one.step(all.value(), .01);
    Optimizer::Step step = other.begin(.01);
    step.micro_batch(false, [&](const auto& work) {
      EXPECT_TRUE(work.first() && !work.last());
      work.backward(loss(parts, 1));
    });
    step.micro_batch(true, [&](const auto& work) {
      EXPECT_TRUE(!work.first() && work.last());
      work.backward(loss(parts, i));
    });
    step.submit();
    EXPECT_EQ(other.steps_begun(), i + 1);
    EXPECT_EQ(other.steps(), i);
    const auto result = other.finish();
    EXPECT_NEAR(result.loss, expected.loss, 1e-6);
    EXPECT_NEAR(result.grad_norm, expected.grad_norm, 1e-6);
  }
  EXPECT_EQ(other.steps(), 3);
}

TEST(Optimizer, RefusesAStepInAnotherOrder) {
  Net net;
  net.initialise(3);
  AdamW optimizer(decay_groups(net), {});
  const auto message = [](const auto& f) {
    try {
      f();
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string("accepted");
  };
  const auto work = [&](const Optimizer::MicroBatch& part) {
    part.backward(mean(net.second(net.first(Tensor::full({5, 3}, 1)))));
  };
  const Tensor loss = Tensor::full({1}, 1);
  EXPECT_EQ(message([&] { optimizer.finish(); }), "optimizer: no step was submitted");
  Optimizer::Step step = optimizer.begin(.1);
  const std::string open = "optimizer: a step is begun already; submit() it first";
  EXPECT_EQ(message([&] { const Optimizer::Step second = optimizer.begin(.1); }), open);
  EXPECT_EQ(message([&] { optimizer.step(loss, .1); }), open);
  const std::string early = "optimizer: submit() before the step's last micro-batch";
  EXPECT_EQ(message([&] { step.submit(); }), early);
  step.micro_batch(false, work);
  EXPECT_EQ(message([&] { step.submit(); }), early);
  step.micro_batch(true, work);
  const std::string late = "optimizer: a micro-batch after the step's last one";
  EXPECT_EQ(message([&] { step.micro_batch(true, work); }), late);
  step.submit();
  EXPECT_EQ(message([&] { step.submit(); }), early);
  EXPECT_EQ(message([&] { step.micro_batch(true, work); }), late);
  EXPECT_EQ(message([&] { optimizer.step(loss, .1); }), "optimizer: a step is under way; finish() it first");
  EXPECT_TRUE(optimizer.finish().finite);
  EXPECT_EQ(message([&] { optimizer.step(loss, .1); }), "accepted");
}

// An exception in a window must not leave half of its gradients to the next step.
TEST(Optimizer, AStepThatIsNotSubmittedHasNoEffect) {
  Net net;
  net.initialise(3);
  AdamW optimizer(decay_groups(net, 0), {});
  const std::vector<float> before = optimizer.values().to_vector<float>();
  try {
    Optimizer::Step step = optimizer.begin(.1);
    step.micro_batch(false, [&](const Optimizer::MicroBatch& work) {
      work.backward(mean(net.second(net.first(Tensor::full({5, 3}, 1)))));
      EXPECT_NE(optimizer.gradients().to_vector<float>(), std::vector<float>(before.size(), 0));
      throw Error("no more batches");
    });
  } catch (const Error&) {
  }
  EXPECT_EQ(optimizer.step(Tensor::full({1}, 1), .1).grad_norm, 0);
  EXPECT_EQ(optimizer.values().to_vector<float>(), before);
}

TEST(Optimizer, TakesALossThatIsOneNumber) {
  Net net;
  net.initialise(3);
  AdamW optimizer(decay_groups(net), {});
  Optimizer::Step step = optimizer.begin(.1);
  const auto gather = [&](const Var& loss) {
    step.micro_batch(false, [&](const Optimizer::MicroBatch& work) { work.backward(loss); });
  };
  const Var y = net.second(net.first(Tensor::full({2, 3}, 1)));
  try {
    gather(y);
    ADD_FAILURE() << "two numbers were taken for a loss";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), testing::StartsWith("optimizer: the loss must be one number, got "));
  }
  gather(sum(y, Axis::rows));                                                   // [1]
  gather(mean(net.second(net.first(Tensor::full({1, 3}, 1))), Axis::columns));  // [1, 1]
}

// The optimizer refuses parameters whose memory is no longer its own: they would silently stop learning.
TEST(AdamW, RefusesParametersThatItHasLost) {
  const auto message = [](AdamW& optimizer) {
    try {
      optimizer.step(Tensor::full({1}, 1), .1);
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string("accepted");
  };
  const auto gather = [](Net& net) {
    backward(sum(net.second(net.norm(net.first(Tensor::full({2, 3}, 1))))));
  };
  Net net;
  net.initialise(1);
  AdamW optimizer(decay_groups(net, .1), {});
  net.first.set_requires_grad(false);
  const std::vector<float> before = net.first.weight.value().to_vector<float>();
  EXPECT_EQ(message(optimizer),
            "optimizer: parameter weight was frozen after the optimizer was made; make another one");
  EXPECT_EQ(net.first.weight.value().to_vector<float>(), before);
  net.first.set_requires_grad(true);  // learns again, in the same memory
  gather(net);
  EXPECT_GT(optimizer.step(Tensor::full({1}, 1), .1).grad_norm, 0);
  EXPECT_NE(net.first.weight.value().to_vector<float>(), before);
  net.first.weight.set_value(net.first.weight.value().clone());
  EXPECT_EQ(message(optimizer),
            "optimizer: parameter weight has been given another value, gradient or optimizer");
  AdamW another(decay_groups(net, .1), {});
  EXPECT_EQ(message(another), "accepted");
  EXPECT_NE(message(optimizer), "accepted");
  Parameter* const weight = &net.first.weight;
  EXPECT_THROW(AdamW({{{weight}}, {{weight}}}, {}), Error);
}

TEST(AdamW, FlatBuffersAreAlignedAndHoldTheParameters) {
  Net net;
  net.initialise(1);
  const std::vector<float> before = net.second.weight.value().to_vector<float>();
  AdamW optimizer(decay_groups(net, .1), {});
  EXPECT_EQ(net.second.weight.value().to_vector<float>(), before);
  const char* base = static_cast<const char*>(optimizer.values().view().data);
  const char* last_decayed = nullptr;
  for (const NamedParameter& named : net.parameters()) {
    const char* at = static_cast<const char*>(named.parameter->value().view().data);
    EXPECT_EQ((at - base) % 512, 0) << named.name;
    EXPECT_LT(at - base, optimizer.values().bytes()) << named.name;
    if (named.parameter->decays()) last_decayed = std::max(last_decayed, at);
  }
  for (const NamedParameter& named : net.parameters()) {
    const char* at = static_cast<const char*>(named.parameter->value().view().data);
    EXPECT_TRUE(named.parameter->decays() || at > last_decayed) << named.name;
  }
}

// Never more than the four buffers is in use: the values' own memory is freed before the last three are
// allocated.
TEST(AdamW, TheValuesOwnMemoryIsFreeBeforeTheOtherBuffersAreTaken) {
  constexpr int64_t kRows = 512, kColumns = 384, kWeights = 2 * kRows * kColumns;
  struct Wide : Module {
    explicit Wide(Dtype compute) : half(*this, "half", compute) {}
    struct Half : Module {
      Half(Module& parent, const std::string& name, Dtype compute) : Module(parent, name, compute) {}
      Linear up{*this, "up", kColumns, kRows}, down{*this, "down", kRows, kColumns};
    } half;
  };
  const DeviceRuntime& runtime = runtime_of({});
  for (const Dtype compute : {Dtype::f32, Dtype::bf16}) {
    Wide model(compute);
    model.initialise(1);
    std::vector<Tensor> ballast;  // raises the memory in use to its peak
    for (const size_t before = runtime.peak(); runtime.peak() == before;)
      ballast.push_back(Tensor::empty({1000}));
    const size_t before = runtime.peak();
    const AdamW optimizer(decay_groups(model, 0), {});
    const double values = 4 * static_cast<double>(kWeights);
    EXPECT_LT(static_cast<double>(runtime.peak() - before), 3.1 * values) << name_of(compute);
  }
}

TEST(AdamW, OnlyMatricesDecay) {
  Net net;
  net.initialise(1);
  AdamW optimizer(decay_groups(net, .5), {});
  const Tensor weight = net.first.weight.value().clone(), gain = net.norm.weight.value().clone();
  optimizer.step(Tensor::full({1}, 1), .1);  // all gradients are 0: only decay moves anything
  for (int64_t i = 0; i < weight.elements(); ++i) {
    EXPECT_FLOAT_EQ(net.first.weight.value().data<float>()[i], weight.data<float>()[i] * (1 - .1f * .5f));
  }
  EXPECT_EQ(net.norm.weight.value().to_vector<float>(), gain.to_vector<float>());
}

TEST(AdamW, FrozenParametersAreLeftAlone) {
  Net net;
  net.initialise(1);
  net.first.set_requires_grad(false);
  EXPECT_FALSE(net.first.weight.var().requires_grad());
  AdamW optimizer(decay_groups(net, 0), {});
  EXPECT_EQ(optimizer.values().elements(),
            4 * 128);  // second.weight, second.bias, norm.weight, norm.bias, padded to 512 bytes
  const std::vector<float> before = net.first.weight.value().to_vector<float>();
  backward(sum(net.second(net.norm(net.first(Tensor::full({2, 3}, 1))))));
  optimizer.step(Tensor::full({1}, 1), .1);
  EXPECT_EQ(net.first.weight.value().to_vector<float>(), before);
  net.set_requires_grad(false);
  EXPECT_THROW(AdamW(decay_groups(net, 0), {}), Error);
}

TEST(AdamW, NothingMovesWhenLossOrGradientIsNotFinite) {
  Net net;
  net.initialise(1);
  AdamW optimizer(decay_groups(net, 0), {});
  const std::vector<float> before = optimizer.values().to_vector<float>();
  optimizer.gradients().data<float>()[5] = 1;
  EXPECT_FALSE(optimizer.step(Tensor::full({1}, NAN), .1).finite);
  optimizer.gradients().data<float>()[5] = INFINITY;
  EXPECT_FALSE(optimizer.step(Tensor::full({1}, 1), .1).finite);
  EXPECT_EQ(optimizer.values().to_vector<float>(), before);
  EXPECT_EQ(optimizer.steps(), 0);
  for (const Tensor& state : {optimizer.gradients(), optimizer.first_moments(), optimizer.second_moments()}) {
    for (const float x : state.span<float>()) EXPECT_EQ(x, 0);
  }
  EXPECT_TRUE(optimizer.step(Tensor::full({1}, 1), .1).finite);
}

TEST(AdamW, GroupsHaveTheirOwnLearningRate) {
  Net net;
  net.initialise(1);
  AdamW optimizer({{{&net.first.bias}, 0, 1}, {{&net.second.bias}, 0, 10}}, {});
  net.first.bias.var().grad().data<float>()[0] = 1;
  net.second.bias.var().grad().data<float>()[0] = 1;
  EXPECT_NEAR(optimizer.step(Tensor::full({1}, 1), .01).grad_norm, std::sqrt(2.0), 1e-12);
  EXPECT_NEAR(net.second.bias.value().data<float>()[0] / net.first.bias.value().data<float>()[0], 10, 1e-4);
}

TEST(Schedule, VectorsOfTheContracts) {
  const std::vector<double> linear{0, 5, 10, 8.75, 7.5, 6.25, 5, 3.75, 2.5, 1.25, 0};
  const std::vector<double> constant{0, 2.5, 5, 7.5, 10, 10, 10, 10, 10, 10, 10};
  for (int64_t k = 0; k <= 10; ++k) {
    const auto i = static_cast<size_t>(k);
    EXPECT_DOUBLE_EQ((10 * Schedule{ScheduleKind::linear, 2, 10}.factor(k)), linear[i]);
    EXPECT_DOUBLE_EQ((10 * Schedule{ScheduleKind::constant, 4, 10}.factor(k)), constant[i]);
    EXPECT_EQ((Schedule{ScheduleKind::constant, 0, 10}.factor(k)), 1);
  }
  EXPECT_EQ((Schedule{ScheduleKind::linear, 2, 10}.factor(11)), 0);
}

TEST(Module, NamesAndModes) {
  Net net;
  std::vector<std::string> names;
  for (const NamedParameter& named : net.parameters()) names.push_back(named.name);
  EXPECT_EQ(names, (std::vector<std::string>{"first.weight", "first.bias", "second.weight", "second.bias",
                                             "norm.weight", "norm.bias"}));
  EXPECT_TRUE(net.first.training());
  net.eval();
  EXPECT_FALSE(net.first.training());
  EXPECT_THROW(net.first(Tensor::zeros({1, 3})), Error);  // no values yet
  EXPECT_THROW(net.first.weight.set_value(Tensor::zeros({3, 7})), Error);
}

TEST(Initialiser, NormalHasTheAskedSpreadAndAZeroRow) {
  struct Table : Module {
    Embedding table{*this, "table", 101, 100, Initialiser::normal(.02, 3), 3};
  } net;
  net.initialise(5);
  double sum = 0, squares = 0;
  const Tensor values = net.table.weight.value();
  for (int64_t i = 0; i < values.elements(); ++i) {
    const double x = values.data<float>()[i];
    EXPECT_EQ(x == 0, i / 100 == 3) << i;
    sum += x;
    squares += x * x;
  }
  EXPECT_NEAR(sum / 1e4, 0, 6 * .02 / 100);  // six standard errors
  EXPECT_NEAR(std::sqrt(squares / 1e4), .02, .02 * .05);
}

}  // namespace
}  // namespace hone
