#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>

#include <hone/nn/models/classifier.h>
#include <hone/nn/optim/adamw.h>
#include <hone/nn/optim/schedule.h>
#include "train/batch_feed.h"
#include "train/packing.h"
#include "train/step_recordings.h"

namespace hone {

struct TrainingPlan {
  int64_t batch_size = 32;
  int64_t accumulate = 1;  // batches whose gradients make one step; all their rows weigh the same
  int64_t epochs = 3;
  std::optional<int64_t> max_steps;  // ends the run also in the middle of an epoch
  double learning_rate = 2e-5;
  ScheduleKind schedule = ScheduleKind::constant;
  double warmup = 0;  // steps; below 1: that part of all steps, rounded up
  AdamSettings adam;
  bool skip_nonfinite = false;  // leave out a step whose loss or gradient is not finite, instead of failing
  bool shuffle = true;
  uint32_t seed = 42;
  bool use_types = false;
  int64_t save_every = 0;  // on_step may save after multiples of it: no later step is begun before. 0: never
};

// How many optimizer steps the plan makes of so many rows.
int64_t total_steps(const TrainingPlan& plan, int64_t rows);
// The plan's learning rates, over so many steps.
Schedule schedule_of(const TrainingPlan& plan, int64_t total_steps);

// What one optimizer step did.
struct StepReport {
  int64_t step = 0, epoch = 0;  // both from 1
  double loss = 0;              // the mean over the step's rows, before its update
  double learning_rate = 0;
  double grad_norm = 0;  // of all gradients together, before clipping
  int64_t tokens = 0, sequences = 0;
  int64_t skipped = 0;  // steps so far that were left out, this one included
  double seconds = 0;   // wall time, with the wait for the batches
};

// How far training has come: with the weights and the moments all that it goes on from. Random numbers need
// no more: they are counted by seed, epoch and step.
struct TrainingProgress {
  int64_t steps = 0;                          // made or skipped
  int64_t updates = 0;                        // made: what the optimizer and the schedule count
  int64_t skipped = 0, skipped_in_a_row = 0;  // at the end
  int64_t epoch = 0;                          // the one begun last; 0: none
  int64_t next_row = 0;                       // of that epoch's order: where the next step begins
};

// Trains a classifier with cross-entropy and AdamW. The same seed and build give the same bits, on any number
// of threads. The model and the rows must outlive it.
class Trainer {
 public:
  Trainer(SequenceClassifier& model, std::span<const EncodedRow> rows, const TrainingPlan& plan);

  int64_t total_steps() const { return total_steps_; }
  const TrainingProgress& progress() const { return progress_; }
  bool done() const { return progress_.steps >= total_steps_; }
  // Makes the steps of an epoch (from 1) that are not made yet, calling on_step after each; an exception from
  // it ends the epoch there. On a device other than the CPU the next step is under way while a step is
  // reported: so the device need not wait for the host, and an exception comes out a step later. Throws
  // NonFiniteError, with the weights as they were before that step, for a loss or gradient that is not
  // finite, or for too many of them in a row when they are to be skipped.
  void run_epoch(int64_t epoch, const std::function<void(const StepReport&)>& on_step);

  const AdamW& optimizer() const { return optimizer_; }
  const StepRecordings& recordings() const { return recordings_; }
  // Goes on from a checkpoint: reads weights and moments from its folder. Throws Error for files that do not
  // fit the model.
  void resume(const std::filesystem::path& checkpoint, const TrainingProgress& progress);

 private:
  // A step that the device was asked for.
  struct Begun {
    StepReport report;
    int64_t next_row;  // after it
  };
  // Asks for a step over the next `rows` rows of the feed.
  void begin(BatchFeed& feed, int64_t rows);
  // Whether the next step may be begun before the last one is reported.
  bool may_run_ahead() const;
  bool all_begun() const;    // the epoch's
  int64_t next_row() const;  // after the steps that are begun
  void report_oldest(const std::function<void(const StepReport&)>& on_step);
  // Reports what is under way, when an exception ends the epoch: the device has done it.
  void report_rest(const std::function<void(const StepReport&)>& on_step) noexcept;
  TrainingProgress finish(const Begun& begun, StepReport& report);
  void refuse(const StepReport& report, int64_t in_a_row) const;

  SequenceClassifier& model_;
  std::span<const EncodedRow> rows_;
  TrainingPlan plan_;
  int64_t total_steps_;
  Schedule schedule_;
  AdamW optimizer_;
  StepRecordings recordings_;
  TrainingProgress progress_;
  std::deque<Begun> begun_;
  std::chrono::steady_clock::time_point last_;  // when the last step was reported
};

}  // namespace hone
