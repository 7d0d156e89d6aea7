#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>

#include <hone/nn/models/classifier.h>
#include <hone/nn/optim/optimizer.h>
#include <hone/train/rows.h>
#include <hone/train/training_plan.h>

namespace hone {

class StepRecordings;
class TrainingTask;

// The report of one optimizer step.
struct StepReport {
  int64_t step = 0, epoch = 0;  // both from 1
  double loss = 0;              // the mean over the step's rows, before its update
  double learning_rate = 0;
  double grad_norm = 0;  // the norm of all gradients together, before clipping
  int64_t tokens = 0, sequences = 0;
  int64_t skipped = 0;  // steps skipped so far, this one included
  double seconds = 0;   // wall time, with the wait for the batches
};

// The progress of training: with weights and moments, the whole state to resume from. The random numbers'
// state is part of it, since they are counted by seed, epoch and step.
struct TrainingProgress {
  int64_t steps = 0;                          // made or skipped
  int64_t updates = 0;                        // steps made: the count of optimizer and schedule
  int64_t skipped = 0, skipped_in_a_row = 0;  // in a row: the latest ones
  int64_t epoch = 0;                          // the epoch begun last; 0: none
  int64_t next_row = 0;                       // the next step's first row in that epoch's order
};

// Trains a net with AdamW by a plan. The same seed and build give the same bits, on any number of threads.
// The net and the rows must outlive it.
class Trainer {
 public:
  // A trainer of any net on vectors: `loss` computes the mean loss over a batch, [1], from the net.
  //   Trainer trainer(net, rows, plan, [&](const VectorBatch& batch) {
  //     return cross_entropy(net(batch.x), batch.labels);
  //   });
  using VectorLoss = std::function<Var(const VectorBatch&)>;
  Trainer(Module& net, VectorBatch rows, const TrainingPlan& plan, VectorLoss loss);
  // A model of texts: by cross-entropy of its logits, or by a loss of one's own on a packed batch, [1], which
  // must be the mean over its sequences.
  using TextLoss = std::function<Var(const PackedBatch&)>;
  Trainer(SequenceClassifier& model, std::span<const EncodedRow> rows, const TrainingPlan& plan,
          TextLoss loss = {});
  ~Trainer();
  Trainer(const Trainer&) = delete;
  Trainer& operator=(const Trainer&) = delete;

  int64_t total_steps() const { return total_steps_; }
  const TrainingProgress& progress() const { return progress_; }
  bool done() const { return progress_.steps >= total_steps_; }

  // Makes all steps that are left, calling on_step after each. With `validate`, which is called after each
  // epoch and returns how good the net is (more is better), training ends early by the plan's patience.
  // Throws what run_epoch() throws. Returns whether it ended early.
  using OnStep = std::function<void(const StepReport&)>;
  bool run(const OnStep& on_step = {}, const std::function<double()>& validate = {});
  // Makes the steps of an epoch (from 1) that are not made yet, calling on_step after each; an exception from
  // it ends the epoch there. On a device other than the CPU the next step is under way while a step is
  // reported: so the device need not wait for the host, and an exception comes out a step later. Throws
  // NonFiniteError, with the weights as they were before that step, for a loss or gradient that is not
  // finite, or for too many of them in a row when they are to be skipped.
  void run_epoch(int64_t epoch, const OnStep& on_step);

  const Optimizer& optimizer() const { return *optimizer_; }
  // The recordings of steps on texts; null for other nets.
  const StepRecordings* recordings() const;

  // Saves weights, moments and progress as a checkpoint in a folder of them, and goes on from the newest
  // sound one there; resume() returns whether there was one. A run that was stopped and resumed ends in the
  // same bits as one that was not. Throw Error with path and the system's text, also for a checkpoint of
  // another plan, of other rows or of another net.
  void save(const std::filesystem::path& folder) const;
  bool resume(const std::filesystem::path& folder);
  // Resumes from the folder of one checkpoint, which was saved at this progress.
  void resume(const std::filesystem::path& checkpoint, const TrainingProgress& progress);

 private:
  Trainer(std::unique_ptr<TrainingTask> task, const TrainingPlan& plan);
  // A step that the device was asked for and that is not reported yet.
  struct Begun {
    StepReport report;
    int64_t next_row;  // the row after this step's last
  };
  // Asks the device for a step over the next `rows` rows of the pass.
  void begin(int64_t rows);
  // True when the next step may be begun before the last one is reported.
  bool may_run_ahead() const;
  bool all_begun() const;    // all steps of the epoch
  int64_t next_row() const;  // after the steps that are begun
  void report_oldest(const OnStep& on_step);
  // Reports the step under way when an exception ends the epoch, since the device has done it.
  void report_rest(const OnStep& on_step) noexcept;
  TrainingProgress finish(const Begun& begun, StepReport& report);
  void refuse(const StepReport& report, int64_t in_a_row) const;

  std::unique_ptr<TrainingTask> task_;
  TrainingPlan plan_;
  Device device_;
  int64_t total_steps_;
  Schedule schedule_;
  std::unique_ptr<Optimizer> optimizer_;
  TrainingProgress progress_;
  std::deque<Begun> begun_;
  std::chrono::steady_clock::time_point last_;  // when the last step was reported
};

}  // namespace hone
