// What the trainer does with accumulation, schedules and steps that are not finite.
#include "apps/common/trainer.h"

#include <gtest/gtest.h>

#include <cmath>

#include "core/error.h"
#include "tests/support/tiny_model.h"

namespace hone::test {
namespace {

constexpr int32_t kBadWord = 17;

std::vector<EncodedRow> some_rows(int count) {
  std::vector<EncodedRow> rows;
  for (int i = 0; i < count; ++i) {
    EncodedRow row;
    row.encoding.ids = {2, 5 + i % 11, 6 + i * i % 9, 3};
    if (i % 4 == 1) row.encoding.ids.insert(row.encoding.ids.begin() + 1, {9, 10, 11});
    row.encoding.types.assign(row.encoding.ids.size(), 0);
    row.label = i * 7 % 3 == 0 ? 1 : 0;
    rows.push_back(row);
  }
  return rows;
}

struct Training {
  std::vector<StepReport> steps;
  std::vector<float> weights;
};

Training train(const std::vector<EncodedRow>& rows, const TrainingPlan& plan, bool with_bad_word = false) {
  SequenceClassifier model(tiny_config());
  model.initialise(3);
  if (with_bad_word) {
    const Tensor words = model.parameters().front().parameter->value();
    words.data<float>()[kBadWord * words.shape()[1]] = NAN;
  }
  Trainer trainer(model, rows, plan);
  Training run;
  for (int64_t epoch = 1; !trainer.done(); ++epoch) {
    trainer.run_epoch(epoch, [&](const StepReport& report) { run.steps.push_back(report); });
  }
  for (const NamedParameter& named : model.parameters()) {
    const auto values = named.parameter->value().to_vector<float>();
    run.weights.insert(run.weights.end(), values.begin(), values.end());
  }
  return run;
}

// With epsilon 1 a step is proportional to the gradient, so that rounding stays rounding.
TrainingPlan plan_of(int64_t batch_size, int64_t accumulate) {
  TrainingPlan plan;
  plan.batch_size = batch_size;
  plan.accumulate = accumulate;
  plan.learning_rate = 0.1;
  plan.adam.eps = 1;
  return plan;
}

// 27 rows: windows of 8 leave one of 3 rows, and batches of 3 leave windows of 6 one of 3. Dropout is on.
TEST(Trainer, AccumulationEqualsALargeBatch) {
  const auto rows = some_rows(27);
  const int64_t cases[][3] = {{8, 4, 2}, {6, 3, 2}, {27, 5, 6}, {30, 1, 30}};
  for (const auto& [whole, part, count] : cases) {
    const Training expected = train(rows, plan_of(whole, 1)), got = train(rows, plan_of(part, count));
    ASSERT_EQ(got.steps.size(), expected.steps.size());
    ASSERT_EQ(got.steps.size(), static_cast<size_t>(3 * ((27 + whole - 1) / whole)));
    for (size_t i = 0; i < got.steps.size(); ++i) {
      EXPECT_NEAR(got.steps[i].loss, expected.steps[i].loss, 1e-6) << i;
      EXPECT_NEAR(got.steps[i].grad_norm, expected.steps[i].grad_norm, 1e-6) << i;
      EXPECT_EQ(got.steps[i].tokens, expected.steps[i].tokens);
      EXPECT_EQ(got.steps[i].sequences, expected.steps[i].sequences);
    }
    double worst = 0;
    for (size_t i = 0; i < got.weights.size(); ++i)
      worst = std::max(worst, std::abs(static_cast<double>(got.weights[i] - expected.weights[i])));
    EXPECT_LT(worst, 1e-6);
  }
}

TEST(Trainer, FollowsTheScheduleAndClips) {
  TrainingPlan plan = plan_of(6, 1);  // 4 steps an epoch
  plan.schedule = ScheduleKind::linear;
  plan.learning_rate = 10;
  plan.adam.eps = 1e6;
  plan.epochs = 3;
  plan.max_steps = 10;
  const std::vector<double> rates{0, 5, 10, 8.75, 7.5, 6.25, 5, 3.75, 2.5, 1.25};
  for (const double warmup : {2.0, 0.2, 0.11}) {  // 0.11 of 10 steps are 2, rounded up
    plan.warmup = warmup;
    const Training run = train(some_rows(24), plan);
    ASSERT_EQ(run.steps.size(), rates.size());
    for (size_t i = 0; i < rates.size(); ++i) EXPECT_DOUBLE_EQ(run.steps[i].learning_rate, rates[i]);
  }
  plan = plan_of(6, 1);
  const Training free = train(some_rows(24), plan);
  plan.adam.clip_norm = 1e-3;
  const Training clipped = train(some_rows(24), plan);
  EXPECT_EQ(clipped.steps[0].grad_norm, free.steps[0].grad_norm) << "the norm is the one before clipping";
  EXPECT_NE(clipped.weights, free.weights);
}

TEST(Trainer, SkipsStepsThatAreNotFinite) {
  auto rows = some_rows(6);
  for (const size_t bad : {2u, 4u}) rows[bad].encoding.ids[1] = kBadWord;
  TrainingPlan plan = plan_of(1, 1);
  plan.shuffle = false;
  plan.epochs = 2;
  plan.schedule = ScheduleKind::linear;
  EXPECT_THROW(train(rows, plan, true), NonFiniteError);
  plan.skip_nonfinite = true;
  const Training run = train(rows, plan, true);
  ASSERT_EQ(run.steps.size(), 12u);
  const std::vector<int64_t> skipped{0, 0, 1, 1, 2, 2, 2, 2, 3, 3, 4, 4};
  for (size_t i = 0; i < 12; ++i) {
    EXPECT_EQ(run.steps[i].step, static_cast<int64_t>(i) + 1);
    EXPECT_EQ(run.steps[i].skipped, skipped[i]);
    EXPECT_EQ(std::isfinite(run.steps[i].loss), i % 6 != 2 && i % 6 != 4);
  }
  EXPECT_EQ(run.steps[3].learning_rate, run.steps[2].learning_rate) << "a skipped step moves no schedule";
}

TEST(Trainer, GivesUpAfterTenSkippedStepsInARow) {
  auto rows = some_rows(13);
  for (size_t i = 1; i < 11; ++i) rows[i].encoding.ids[1] = kBadWord;
  TrainingPlan plan = plan_of(1, 1);
  plan.shuffle = false;
  plan.epochs = 1;
  plan.skip_nonfinite = true;
  EXPECT_EQ(train(rows, plan, true).steps.back().skipped, 10);
  rows[11].encoding.ids[1] = kBadWord;
  try {
    train(rows, plan, true);
    FAIL() << "eleven in a row";
  } catch (const NonFiniteError& error) {
    EXPECT_NE(
        std::string(error.what()).find("10 steps in a row were skipped; the weights are those of step 1"),
        std::string::npos)
        << error.what();
  }
}

}  // namespace
}  // namespace hone::test
