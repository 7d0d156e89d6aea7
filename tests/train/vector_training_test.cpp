// Tests of Trainer on nets that read vectors.
#include <gmock/gmock.h>

#include <cmath>

#include <hone/autograd/ops/cross_entropy.h>
#include <hone/autograd/ops/elementwise.h>
#include <hone/autograd/ops/mean_squared_error.h>
#include <hone/core/error.h>
#include <hone/nn/layers.h>
#include <hone/nn/optim/adamw.h>
#include <hone/nn/optim/schedule.h>
#include <hone/nn/optim/sgd.h>
#include <hone/train/evaluation.h>
#include <hone/train/trainer.h>
#include "tests/data/temporary_folder.h"

namespace hone::test {
namespace {

using testing::HasSubstr;

struct Net : Module {
  Linear hidden{*this, "hidden", 2, 16, 0.5}, out{*this, "out", 16, 2, 0.5};
  explicit Net(uint64_t seed = 42) { initialise(seed); }
  Var operator()(const Tensor& x) const { return out(tanh(hidden(x))); }
};

// The rows of exclusive or: label 1 where two bits differ, each case `times` times.
VectorBatch exclusive_or(int times) {
  std::vector<float> x;
  std::vector<int32_t> labels;
  for (int i = 0; i < 4 * times; ++i) {
    x.push_back(static_cast<float>(i % 2));
    x.push_back(static_cast<float>(i / 2 % 2));
    labels.push_back(i % 2 != i / 2 % 2);
  }
  const auto n = static_cast<int64_t>(labels.size());
  return {Tensor::from(x, {n, 2}), Tensor::from(labels, {n})};
}

Trainer::VectorLoss loss_of(const Net& net) {
  return [&net](const VectorBatch& batch) { return cross_entropy(net(batch.x), batch.labels); };
}

TrainingPlan plan_of(int64_t batch_size, int64_t accumulate = 1) {
  TrainingPlan plan;
  plan.batch_size = batch_size;
  plan.accumulate = accumulate;
  plan.epochs = 60;
  plan.learning_rate = 0.05;
  return plan;
}

std::vector<float> weights_of(const Module& module) {
  std::vector<float> all;
  for (const NamedParameter& named : module.parameters()) {
    const auto values = named.parameter->value().to_vector<float>();
    all.insert(all.end(), values.begin(), values.end());
  }
  return all;
}

TEST(VectorTraining, LearnsExclusiveOr) {
  Net net;
  const VectorBatch rows = exclusive_or(3);
  Trainer trainer(net, rows, plan_of(5), loss_of(net));
  EXPECT_EQ(trainer.total_steps(), 180);
  double loss = 0;
  EXPECT_FALSE(trainer.run([&](const StepReport& report) { loss = report.loss; }));
  EXPECT_LT(loss, 0.05);
  EXPECT_TRUE(trainer.done());
  EXPECT_EQ(trainer.recordings(), nullptr);
  const Evaluation figures =
      evaluate(net, rows, [&](const VectorBatch& batch) { return net(batch.x); }, {.batch_size = 5});
  EXPECT_EQ(accuracy(figures.counts), 1);
  EXPECT_EQ(figures.counts.rows(), 12);
  EXPECT_TRUE(net.training()) << "evaluation restores the mode";
}

// A Trainer's steps equal a hand-written loop over one batch of all rows, in order.
TEST(VectorTraining, StepsAreTheOptimizersOwn) {
  Net net, by_hand;
  const VectorBatch rows = exclusive_or(1);
  TrainingPlan plan = plan_of(4);
  plan.shuffle = false;
  plan.epochs = 10;
  std::vector<double> losses, expected;
  Trainer(net, rows, plan, loss_of(net)).run([&](const StepReport& report) {
    losses.push_back(report.loss);
  });
  AdamW optimizer(decay_groups(by_hand, 0), plan.adam);
  for (int step = 0; step < 10; ++step) {
    const Var loss = cross_entropy(by_hand(rows.x), rows.labels);
    backward(loss);
    expected.push_back(optimizer.step(loss.value(), plan.learning_rate).loss);
  }
  EXPECT_EQ(losses, expected);
  EXPECT_EQ(weights_of(net), weights_of(by_hand));
}

// Dropout's masks are counted by step and row, so they are the same however a window is cut into batches.
TEST(VectorTraining, DropoutSeesRowsNotBatches) {
  struct DropoutNet : Net {
    Dropout dropout{*this, "dropout", 0.4};
    Var operator()(const Tensor& x) const { return out(dropout(tanh(hidden(x)))); }
  };
  const VectorBatch rows = exclusive_or(2);
  const auto train = [&](int64_t batch_size, int64_t accumulate, uint32_t seed) {
    DropoutNet net;
    TrainingPlan plan = plan_of(batch_size);
    plan.accumulate = accumulate;
    plan.shuffle = false;
    plan.epochs = 3;
    plan.seed = seed;
    plan.adam.eps = 1;  // a step is proportional to the gradient: rounding stays rounding
    const auto loss = [&](const VectorBatch& batch) { return cross_entropy(net(batch.x), batch.labels); };
    std::vector<double> losses;
    Trainer(net, rows, plan, loss).run([&](const StepReport& report) { losses.push_back(report.loss); });
    return losses;
  };
  const std::vector<double> whole = train(8, 1, 1), parts = train(2, 4, 1), other = train(8, 1, 2);
  ASSERT_EQ(parts.size(), whole.size());
  for (size_t i = 0; i < whole.size(); ++i) EXPECT_NEAR(parts[i], whole[i], 1e-6);
  EXPECT_GT(std::abs(other[0] - whole[0]), 1e-4);
}

TEST(VectorTraining, MayUseSgdAndACosine) {
  Net net, by_hand;
  const VectorBatch rows = exclusive_or(1);
  TrainingPlan plan = plan_of(4);
  plan.shuffle = false;
  plan.epochs = 10;
  plan.sgd = SgdSettings{.momentum = 0.9};
  plan.weight_decay = 0.01;
  plan.schedule = ScheduleKind::cosine;
  Trainer(net, rows, plan, loss_of(net)).run([](const StepReport&) {});
  SGD optimizer(decay_groups(by_hand, 0.01), *plan.sgd);
  const Schedule schedule{ScheduleKind::cosine, 0, 10};
  for (int step = 0; step < 10; ++step) {
    const Var loss = cross_entropy(by_hand(rows.x), rows.labels);
    backward(loss);
    optimizer.step(loss.value(), plan.learning_rate * schedule.factor(step));
  }
  EXPECT_EQ(weights_of(net), weights_of(by_hand));
}

// 12 rows: windows of 5 + 5 and 2, in which all rows weigh the same.
TEST(VectorTraining, AccumulationEqualsALargeBatch) {
  const VectorBatch rows = exclusive_or(3);
  const int64_t cases[][3] = {{10, 5, 2}, {12, 5, 3}, {9, 3, 3}};
  for (const auto& [whole, part, count] : cases) {
    Net one, other;
    TrainingPlan plan = plan_of(whole), parts = plan_of(part, count);
    plan.epochs = parts.epochs = 3;
    plan.adam.eps = parts.adam.eps = 1;  // steps proportional to the gradient: rounding is not magnified
    std::vector<double> losses, expected;
    Trainer(one, rows, plan, loss_of(one)).run([&](const auto& report) { expected.push_back(report.loss); });
    Trainer(other, rows, parts, loss_of(other)).run([&](const auto& report) {
      losses.push_back(report.loss);
    });
    ASSERT_EQ(losses.size(), expected.size());
    for (size_t i = 0; i < losses.size(); ++i) EXPECT_NEAR(losses[i], expected[i], 1e-6) << i;
    const auto got = weights_of(other), wanted = weights_of(one);
    for (size_t i = 0; i < got.size(); ++i) EXPECT_NEAR(got[i], wanted[i], 1e-6) << i;
  }
}

TEST(VectorTraining, StopsWhenPatienceIsOut) {
  Net net;
  TrainingPlan plan = plan_of(4);
  plan.patience = 2;
  const std::vector<double> values{.5, .6, .6, .55, .9};
  size_t asked = 0;
  Trainer trainer(net, exclusive_or(1), plan, loss_of(net));
  EXPECT_TRUE(trainer.run({}, [&] { return values.at(asked++); }));
  EXPECT_EQ(asked, 4u) << "the third and fourth were no better than the second";
  EXPECT_EQ(trainer.progress().epoch, 4);
}

TEST(VectorTraining, GoesOnFromACheckpointInTheSameBits) {
  const VectorBatch rows = exclusive_or(3);
  TrainingPlan plan = plan_of(5);
  plan.epochs = 4;
  Net straight;
  Trainer(straight, rows, plan, loss_of(straight)).run();
  const TemporaryFolder folder;
  struct Enough {};
  for (int64_t stop = 1; stop < 12; ++stop) {
    Net first, second(7);
    Trainer begun(first, rows, plan, loss_of(first)), going_on(second, rows, plan, loss_of(second));
    const auto run = [&] {
      begun.run([&](const StepReport& report) {
        if (report.step == stop) throw Enough{};
      });
    };
    EXPECT_THROW(run(), Enough);
    const auto run_folder = folder / std::to_string(stop);
    EXPECT_FALSE(going_on.resume(run_folder)) << "there is none yet";
    begun.save(run_folder);
    EXPECT_TRUE(going_on.resume(run_folder));
    EXPECT_EQ(going_on.progress().steps, stop);
    going_on.run();
    EXPECT_EQ(weights_of(second), weights_of(straight)) << stop;
  }
  plan.learning_rate *= 2;
  Net net;
  Trainer other(net, rows, plan, loss_of(net));
  EXPECT_THAT(failure_of([&] { (void)other.resume(folder / "3"); }).message, HasSubstr("another plan"));
}

TEST(VectorTraining, LearnsNumbersToo) {
  Net net;
  const Tensor x = exclusive_or(1).x;
  const Tensor targets = Tensor::from(std::vector<float>{0, 1, 2, 3, 4, 5, 6, 7}, {4, 2});
  double loss = 1e9;
  TrainingPlan plan = plan_of(4);
  plan.epochs = 200;
  Trainer trainer(net, {x, targets}, plan,
                  [&](const VectorBatch& batch) { return mean_squared_error(net(batch.x), batch.labels); });
  trainer.run([&](const StepReport& report) { loss = report.loss; });
  EXPECT_LT(loss, 0.05);
}

TEST(VectorTraining, RowsMustFit) {
  Net net;
  const VectorBatch rows = exclusive_or(1);
  for (const VectorBatch& bad : {VectorBatch{rows.x, {}}, VectorBatch{rows.x, rows.labels.slice(0, 3)},
                                 VectorBatch{rows.x.slice(0, 0), rows.labels.slice(0, 0)}}) {
    EXPECT_THAT(failure_of([&] { Trainer(net, bad, plan_of(2), loss_of(net)); }).message,
                HasSubstr("x and labels must"));
  }
}

}  // namespace
}  // namespace hone::test
