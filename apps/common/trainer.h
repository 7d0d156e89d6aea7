#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>

#include "data/packing.h"
#include "nn/models/classifier.h"
#include "nn/optim/adamw.h"

namespace hone {

struct TrainingPlan {
  int64_t batch_size = 32;
  int64_t epochs = 3;
  std::optional<int64_t> max_steps;  // ends the run also in the middle of an epoch
  double learning_rate = 2e-5;
  AdamSettings adam;
  bool shuffle = true;
  uint32_t seed = 42;
  bool use_types = false;
};

// How many optimizer steps the plan makes of so many rows.
int64_t total_steps(const TrainingPlan& plan, int64_t rows);

// What one optimizer step did.
struct StepReport {
  int64_t step, epoch;  // both from 1
  float loss;           // the batch's mean before this step's update
  double learning_rate, grad_norm;
  int64_t tokens, sequences;
  double seconds;  // wall time, with the wait for the batch
};

// Trains a classifier with cross-entropy, AdamW and a constant learning rate. The same seed and build give
// the same bits, on any number of threads. The model and the rows must outlive it.
class Trainer {
 public:
  Trainer(SequenceClassifier& model, std::span<const EncodedRow> rows, const TrainingPlan& plan);

  int64_t total_steps() const { return total_steps_; }
  int64_t steps() const { return optimizer_.steps(); }
  bool done() const { return steps() >= total_steps_; }
  // Makes the steps of an epoch (from 1), calling on_step after each; an exception from it ends the epoch
  // there. Throws NonFiniteError for a loss or gradient that is not finite, with the weights as they were
  // before that step.
  void run_epoch(int64_t epoch, const std::function<void(const StepReport&)>& on_step);

 private:
  StepReport step(const PackedBatch& batch, int64_t epoch);

  SequenceClassifier& model_;
  std::span<const EncodedRow> rows_;
  TrainingPlan plan_;
  int64_t total_steps_;
  AdamWOptimizer optimizer_;
};

}  // namespace hone
