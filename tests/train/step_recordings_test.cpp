// Recorded steps: the same bits as steps worked on directly, and direct work where recording is of no use.
#include "train/step_recordings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <functional>
#include <iterator>
#include <limits>
#include <string>
#include <vector>

#include <hone/core/error.h>
#include <hone/train/trainer.h>
#include "core/kernels/copy.h"
#include "core/launch.h"
#include "tests/cuda/emulated_device.h"
#include "tests/support/tiny_model.h"
#include "train/packing.h"

namespace hone::test {
namespace {

class Recordings : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!cuda_there()) GTEST_SKIP() << "no CUDA device";
  }
  void TearDown() override { unsetenv("HONE_CUDA_GRAPHS"); }
};

// Rows of 3 to 36 tokens, so that batches come in several kinds.
std::vector<EncodedRow> rows_of_many_lengths(int count) {
  std::vector<EncodedRow> rows;
  for (int i = 0; i < count; ++i) {
    EncodedRow row;
    row.encoding.ids.assign(static_cast<size_t>(3 + i * 5 % 34), 5 + i % 11);
    row.encoding.types.assign(row.encoding.ids.size(), 0);
    row.label = i % 3 == 0 ? 1 : 0;
    rows.push_back(row);
  }
  return rows;
}

struct Outcome {
  std::vector<double> losses, norms;
  std::vector<int64_t> tokens;
  std::vector<float> weights;
  int64_t replayed = 0;
};

Outcome train(Device device, const char* graphs, int64_t batch_size, int64_t accumulate, Dtype compute,
              bool recompute = false) {
  setenv("HONE_CUDA_GRAPHS", graphs, 1);
  SequenceClassifier model(tiny_config(), Dtype::f32, compute);
  model.initialise(3);
  model.to(device);
  model.encoder.set_recompute(recompute);
  const auto rows = rows_of_many_lengths(31);
  TrainingPlan plan;
  plan.batch_size = batch_size;
  plan.accumulate = accumulate;
  plan.epochs = 4;
  plan.adam.clip_norm = 1;
  plan.schedule = ScheduleKind::linear;
  Trainer trainer(model, rows, plan);
  Outcome out;
  for (int64_t epoch = 1; !trainer.done(); ++epoch) {
    trainer.run_epoch(epoch, [&](const StepReport& report) {
      out.losses.push_back(report.loss);
      out.norms.push_back(report.grad_norm);
      out.tokens.push_back(report.tokens);
    });
  }
  for (const NamedParameter& named : model.parameters()) {
    const auto values = named.parameter->value().to(Device{}).to_vector<float>();
    out.weights.insert(out.weights.end(), values.begin(), values.end());
  }
  out.replayed = trainer.recordings()->replayed();
  return out;
}

// Dropout, clipping and a schedule are on; the last window of an epoch is short.
TEST_F(Recordings, GiveTheSameBitsAsDirectWork) {
  for (const Dtype compute : {Dtype::f32, Dtype::bf16}) {
    for (const int64_t accumulate : {1, 3}) {
      const Outcome direct = train(cuda_device(), "0", 4, accumulate, compute);
      const Outcome replayed = train(cuda_device(), "1", 4, accumulate, compute);
      EXPECT_EQ(direct.replayed, 0);
      EXPECT_GE(replayed.replayed, 6);
      EXPECT_EQ(replayed.losses, direct.losses);
      EXPECT_EQ(replayed.norms, direct.norms);
      EXPECT_EQ(replayed.weights, direct.weights);
    }
  }
}

TEST_F(Recordings, HoldLayersThatAreRecomputed) {
  const Outcome kept = train(cuda_device(), "0", 6, 1, Dtype::f32);
  const Outcome recomputed = train(cuda_device(), "1", 6, 1, Dtype::f32, true);
  EXPECT_GT(recomputed.replayed, 0);
  EXPECT_EQ(recomputed.losses, kept.losses);
  EXPECT_EQ(recomputed.weights, kept.weights);
}

// Padding of batches changes nothing but rounding, and is not counted.
TEST_F(Recordings, TrainAsTheCpuDoes) {
  const Outcome cpu = train(Device{}, "1", 5, 1, Dtype::f32),
                cuda = train(cuda_device(), "1", 5, 1, Dtype::f32);
  EXPECT_EQ(cuda.tokens, cpu.tokens);
  ASSERT_EQ(cuda.losses.size(), cpu.losses.size());
  // The bound: sums of at most 32 numbers near 1, added in other orders; a GPU also rounds products and
  // functions differently, over 28 steps.
  const double bound = (kEmulatedCuda ? 8 : 1000) * double{std::numeric_limits<float>::epsilon()};
  for (size_t i = 0; i < cpu.losses.size(); ++i) EXPECT_NEAR(cuda.losses[i], cpu.losses[i], bound) << i;
}

PackedBatch batch_of(const std::vector<int32_t>& ids) {
  const auto n = static_cast<int64_t>(ids.size());
  const Tensor words = Tensor::from(ids, {n}), label = Tensor::from(std::vector<int32_t>{0}, {1});
  return PackedBatch{words, words, words, label, SeqLens({static_cast<int32_t>(n)})}.to(cuda_device());
}

// Counts how often its work was called, and remembers the ids that it saw last: [1].
struct Work {
  Tensor seen = Tensor::zeros({1}, Dtype::i32, cuda_device());
  int calls = 0;
  void operator()(const PackedBatch& batch) {
    ++calls;
    launch(cuda_device(), kernels::Copy{.x = batch.ids.slice(0, 1), .out = {.view = seen}});
  }
  int32_t last() const { return seen.to(Device{}).to_vector<int32_t>()[0]; }
};

TEST_F(Recordings, WorkDirectlyOnTheFirstOfAKindAndOnceMoreToRecord) {
  StepRecordings recordings(cuda_device());
  Work work;
  for (int i = 0; i < 4; ++i) {
    recordings.run(batch_of({i, 2, 3}), {}, std::ref(work));
    EXPECT_EQ(work.last(), i);
  }
  EXPECT_EQ(work.calls, 2) << "the first batch, and the recording";
  EXPECT_EQ(recordings.replayed(), 3);
  recordings.run(batch_of({1, 2, 3, 4}), {}, std::ref(work));
  recordings.run(batch_of({1, 2, 3}), {.rows = 7}, std::ref(work));
  EXPECT_EQ(work.calls, 4) << "other kinds";
  EXPECT_EQ(recordings.recorded(), 1);
}

TEST_F(Recordings, GoOnDirectlyWhereThereAreTooManyKinds) {
  StepRecordings recordings(cuda_device(), 1);
  Work work;
  for (int i = 0; i < 2; ++i) recordings.run(batch_of({1, 2}), {}, std::ref(work));
  EXPECT_FALSE(recordings.gave_up());
  for (int i = 0; i < 3; ++i) recordings.run(batch_of({1, 2, 3}), {}, std::ref(work));
  EXPECT_TRUE(recordings.gave_up());
  EXPECT_EQ(work.calls, 2 + 3);
  recordings.run(batch_of({1, 2}), {}, std::ref(work));
  EXPECT_EQ(recordings.replayed(), 2) << "what is recorded is still of use";
}

// Training goes on without recordings when the device has no memory for one.
TEST_F(Recordings, GoOnDirectlyWhereThereIsNoMemory) {
  StepRecordings recordings(cuda_device());
  Work work;
  int calls = 0;
  const auto greedy = [&](const PackedBatch& batch) {
    if (++calls == 2) Tensor::empty({int64_t{1} << 40}, Dtype::f32, cuda_device());  // recording
    work(batch);
  };
  for (int i = 0; i < 3; ++i) {
    recordings.run(batch_of({i, 2}), {}, greedy);
    EXPECT_EQ(work.last(), i);
  }
  EXPECT_TRUE(recordings.gave_up());
  EXPECT_EQ(recordings.replayed(), 0);
}

TEST_F(Recordings, AreNotMadeOnTheCpu) {
  StepRecordings recordings(Device{});
  int calls = 0;
  for (int i = 0; i < 3; ++i) recordings.run(PackedBatch{}, {}, [&](const PackedBatch&) { ++calls; });
  EXPECT_EQ(calls, 3);
  EXPECT_EQ(runtime_of(Device{}).record([&] { ++calls; }), nullptr);
  EXPECT_EQ(calls, 3);
}

// Training goes on without recordings when the device refuses to record; the attempt must leave nothing
// behind.
TEST_F(Recordings, GoOnDirectlyWhenTheDeviceRefuses) {
  StepRecordings recordings(cuda_device());
  const PackedBatch batch =
      pack_rows(rows_of_many_lengths(2), std::vector<int64_t>{0, 1}, false).to(cuda_device());
  int calls = 0;
  for (int i = 0; i < 3; ++i) {
    recordings.run(batch, {}, [&](const PackedBatch&) {
      if (++calls == 2) throw RecordingRefused("cuda: not now");
    });
  }
  EXPECT_EQ(calls, 4) << "one was refused";
  EXPECT_EQ(recordings.replayed(), 0);
  EXPECT_EQ(recordings.gave_up(), "cuda: not now");
}

TEST_F(Recordings, MustNotKeepWhatTheyAllocate) {
  StepRecordings recordings(cuda_device());
  const PackedBatch batch =
      pack_rows(rows_of_many_lengths(2), std::vector<int64_t>{0, 1}, false).to(cuda_device());
  Tensor kept;
  const auto work = [&](const PackedBatch&) { kept = Tensor::empty({3}, Dtype::f32, cuda_device()); };
  recordings.run(batch, {}, work);
  kept = {};
  try {
    recordings.run(batch, {}, work);
    ADD_FAILURE() << "no error";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), ::testing::HasSubstr("still in use after it"));
  }
}

// The weights as on_step finds them at each step, until training ends or on_step throws.
struct Glimpses {
  std::vector<std::vector<float>> weights;
  std::vector<float> at_end;
  int64_t steps = 0;
  std::string error;
};

constexpr int32_t kBadWord = 17;

Glimpses glimpse(const TrainingPlan& plan, int64_t bad_step = 0, int64_t throw_at = 0) {
  SequenceClassifier model(tiny_config());
  model.initialise(3);
  const Tensor words = model.parameters().front().parameter->value();
  words.data<float>()[kBadWord * words.shape()[1]] = NAN;
  model.to(cuda_device());
  auto rows = rows_of_many_lengths(30);
  if (bad_step > 0) rows[static_cast<size_t>((bad_step - 1) * plan.batch_size)].encoding.ids[1] = kBadWord;
  Trainer trainer(model, rows, plan);
  const auto weights = [&] {
    std::vector<float> all;
    for (const NamedParameter& named : model.parameters()) {
      const auto values = named.parameter->value().to(Device{}).to_vector<float>();
      std::copy_if(values.begin(), values.end(), std::back_inserter(all),
                   [](float x) { return !std::isnan(x); });
    }
    return all;
  };
  Glimpses out;
  try {
    trainer.run_epoch(1, [&](const StepReport& report) {
      EXPECT_EQ(report.step, static_cast<int64_t>(out.weights.size()) + 1);
      out.weights.push_back(weights());
      if (throw_at > 0 && report.step >= throw_at) throw Error("stop at " + std::to_string(report.step));
    });
  } catch (const Error& error) {
    out.error = error.what();
  }
  out.at_end = weights();
  out.steps = trainer.progress().steps;
  return out;
}

TrainingPlan six_steps() {
  TrainingPlan plan;
  plan.batch_size = 5;
  plan.epochs = 1;
  plan.shuffle = false;
  plan.learning_rate = 0.01;
  return plan;
}

TEST_F(Recordings, AStepIsReportedWhileTheNextIsUnderWay) {
  TrainingPlan plan = six_steps();
  const Glimpses ahead = glimpse(plan);
  plan.save_every = 1;
  const Glimpses one_by_one = glimpse(plan);
  ASSERT_EQ(ahead.weights.size(), 6u);
  ASSERT_EQ(one_by_one.weights.size(), 6u);
  for (size_t i = 0; i < 5; ++i) {
    EXPECT_EQ(ahead.weights[i], one_by_one.weights[i + 1]) << i;
    EXPECT_NE(one_by_one.weights[i], one_by_one.weights[i + 1]) << i;
  }
  EXPECT_EQ(ahead.at_end, one_by_one.at_end);
  plan.save_every = 3;
  EXPECT_EQ(glimpse(plan).weights[2], one_by_one.weights[2]) << "what is saved is the state after that step";
}

TEST_F(Recordings, NothingFollowsAStepThatIsNotFinite) {
  TrainingPlan plan = six_steps();
  plan.save_every = 1;
  const std::vector<float> after_two = glimpse(plan).weights[1];
  plan.save_every = 0;
  const Glimpses run = glimpse(plan, 3);
  EXPECT_THAT(run.error, ::testing::StartsWith("step 3: loss nan"));
  EXPECT_EQ(run.steps, 2);
  EXPECT_EQ(run.weights.size(), 2u);
  EXPECT_EQ(run.at_end, after_two);
}

TEST_F(Recordings, WhatIsUnderWayIsReportedWhenTheEpochIsEnded) {
  TrainingPlan plan = six_steps();
  const std::vector<float> after_three = glimpse(plan).weights[1];
  const Glimpses run = glimpse(plan, 0, 2);
  EXPECT_EQ(run.error, "stop at 2");
  EXPECT_EQ(run.steps, 3);
  EXPECT_EQ(run.at_end, after_three);
  plan.save_every = 1;
  EXPECT_EQ(glimpse(plan, 0, 2).steps, 2);
}

}  // namespace
}  // namespace hone::test
