// Tests of Trainer: accumulation, schedules, steps that are not finite, resumption.
#include <hone/train/trainer.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <optional>

#include <hone/autograd/ops/cross_entropy.h>
#include <hone/core/error.h>
#include "data/safetensors/safetensors_writer.h"
#include "nn/models/weights.h"
#include "tests/data/temporary_folder.h"
#include "tests/support/tiny_model.h"
#include "train/optimizer_file.h"

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

std::vector<float> weights_of(const Module& model) {
  std::vector<float> out;
  for (const NamedParameter& named : model.parameters()) {
    const auto values = named.parameter->value().to_vector<float>();
    out.insert(out.end(), values.begin(), values.end());
  }
  return out;
}

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
  run.weights = weights_of(model);
  return run;
}

// A plan with epsilon 1: steps are proportional to the gradient, so rounding is not magnified.
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

// 27 rows in windows of 8: dropout is on, and the last window is short.
TEST(Trainer, TakesALossOfOnesOwn) {
  const auto rows = some_rows(27);
  for (const auto& [batch_size, accumulate] : {std::pair<int64_t, int64_t>{8, 1}, {4, 2}, {3, 3}}) {
    const Training expected = train(rows, plan_of(batch_size, accumulate));
    SequenceClassifier model(tiny_config());
    model.initialise(3);
    Trainer trainer(model, rows, plan_of(batch_size, accumulate),
                    [&](const PackedBatch& batch) { return cross_entropy(model(batch), batch.labels); });
    std::vector<double> losses;
    trainer.run([&](const StepReport& report) { losses.push_back(report.loss); });
    ASSERT_EQ(losses.size(), expected.steps.size());
    for (size_t i = 0; i < losses.size(); ++i) EXPECT_NEAR(losses[i], expected.steps[i].loss, 1e-6) << i;
    const std::vector<float> weights = weights_of(model);
    for (size_t i = 0; i < weights.size(); ++i) ASSERT_NEAR(weights[i], expected.weights[i], 1e-6) << i;
  }
}

struct ResumeCase {
  TrainingPlan plan;
  Dtype compute = Dtype::f32;
  bool frozen = false;    // the word embeddings and a bias
  bool skipping = false;  // the first weights are so large that steps fail
};

// A model and its trainer.
struct Stage {
  Stage(const ResumeCase& which, const std::vector<EncodedRow>& rows, uint64_t seed)
      : model(tiny_config(), Dtype::f32, which.compute) {
    model.initialise(seed);
    if (which.frozen) model.encoder.word.weight.set_requires_grad(false);
    if (which.frozen) model.encoder.layers[0]->up.bias.set_requires_grad(false);
    if (which.skipping) {  // finite, as a checkpoint must be, but their sum is not
      const Tensor words = model.encoder.word.weight.value();
      std::ranges::fill(words.slice(kBadWord, kBadWord + 1).span<float>(), 3e38F);
    }
    trainer.emplace(model, rows, which.plan);
  }
  // Makes steps up to the given one, or to the end of the plan.
  void run(int64_t until, std::vector<StepReport>& reports) {
    struct Enough {};
    try {
      for (int64_t epoch = std::max<int64_t>(1, trainer->progress().epoch); !trainer->done(); ++epoch) {
        trainer->run_epoch(epoch, [&](const StepReport& report) {
          reports.push_back(report);
          if (report.step == until) throw Enough{};
        });
      }
    } catch (const Enough&) {
    }
  }
  void save(const std::filesystem::path& folder) {
    write_safetensors(folder / "model.safetensors", state_dict(model), {{"format", "pt"}});
    write_safetensors(folder / "optimizer.safetensors", optimizer_tensors(trainer->optimizer(), model), {});
  }

  SequenceClassifier model;
  std::optional<Trainer> trainer;
};

void expect_same(const StepReport& got, const StepReport& expected) {
  const auto bits = [](double value) { return std::bit_cast<uint64_t>(value); };
  EXPECT_EQ(bits(got.loss), bits(expected.loss)) << got.step;
  EXPECT_EQ(bits(got.grad_norm), bits(expected.grad_norm)) << got.step;
  EXPECT_EQ(got.learning_rate, expected.learning_rate) << got.step;
  EXPECT_EQ(got.skipped, expected.skipped) << got.step;
  EXPECT_EQ(got.epoch, expected.epoch) << got.step;
}

// Stops after each step in turn and resumes with another model: reports, weights and moments must be the same
// bits as without a stop.
void expect_same_bits_resumed(const ResumeCase& which, const std::vector<EncodedRow>& rows,
                              int64_t skipped = 0) {
  Stage straight(which, rows, 3);
  std::vector<StepReport> expected;
  straight.run(0, expected);
  ASSERT_EQ(straight.trainer->progress().skipped, skipped);
  for (int64_t stop = 1; stop < static_cast<int64_t>(expected.size()); ++stop) {
    SCOPED_TRACE("stopped after step " + std::to_string(stop));
    const TemporaryFolder folder;
    std::vector<StepReport> reports;
    Stage first(which, rows, 3), second(which, rows, 4);
    first.run(stop, reports);
    first.save(folder.path());
    second.trainer->resume(folder.path(), first.trainer->progress());
    second.run(0, reports);
    ASSERT_EQ(reports.size(), expected.size());
    for (size_t i = 0; i < reports.size(); ++i) expect_same(reports[i], expected[i]);
    EXPECT_EQ(weights_of(second.model), weights_of(straight.model));
    const Optimizer &got = second.trainer->optimizer(), &wanted = straight.trainer->optimizer();
    const auto moments = got.state(), expected_moments = wanted.state();
    ASSERT_EQ(moments.size(), expected_moments.size());
    for (size_t i = 0; i < moments.size(); ++i)
      EXPECT_EQ(moments[i].values.to_vector<float>(), expected_moments[i].values.to_vector<float>());
    EXPECT_EQ(got.steps(), wanted.steps());
  }
}

TEST(Trainer, GoesOnFromEveryStepInTheSameBits) {
  ResumeCase plain{plan_of(8, 1)}, rich{plan_of(4, 2), Dtype::bf16};
  rich.plan.schedule = ScheduleKind::linear;
  rich.plan.warmup = 0.3;
  rich.plan.adam.clip_norm = 0.1;
  rich.plan.weight_decay = 0.1;
  ResumeCase frozen = plain, frozen_bf16 = rich, sgd = rich;
  frozen.frozen = frozen_bf16.frozen = true;
  sgd.plan.sgd = SgdSettings{.momentum = 0.9, .nesterov = true, .clip_norm = 0.1};
  for (const ResumeCase& which : {plain, rich, frozen, frozen_bf16, sgd})
    expect_same_bits_resumed(which, some_rows(27));
}

TEST(Trainer, CountsSkippedStepsOn) {
  ResumeCase which{plan_of(4, 1)};
  which.plan.skip_nonfinite = which.skipping = true;
  auto rows = some_rows(27);
  rows[5].encoding.ids[1] = rows[20].encoding.ids[1] = kBadWord;
  expect_same_bits_resumed(which, rows, 5);  // in one epoch both are in one batch
}

TEST(Trainer, RefusesACheckpointThatDoesNotFit) {
  const auto rows = some_rows(9);
  const ResumeCase plain{plan_of(4, 1)}, frozen{plan_of(4, 1), Dtype::f32, true};
  const TemporaryFolder folder;
  Stage(plain, rows, 3).save(folder.path());
  Stage other(frozen, rows, 3);
  const auto message = [&](const TrainingProgress& progress) {
    return failure_of([&] { other.trainer->resume(folder.path(), progress); }).message;
  };
  EXPECT_NE(message({}).find("tensors, expected"), std::string::npos);
  TrainingProgress beyond;
  beyond.next_row = 10;
  EXPECT_NE(message(beyond).find("row 10 of 9"), std::string::npos);
}

}  // namespace
}  // namespace hone::test
