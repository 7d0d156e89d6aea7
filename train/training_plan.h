#pragma once

#include <cstdint>
#include <optional>

#include <hone/core/optimizer_settings.h>
#include <hone/nn/optim/schedule.h>

namespace hone {

struct TrainingPlan {
  int64_t batch_size = 32;
  int64_t accumulate = 1;  // batches whose gradients make one step; all their rows weigh the same
  int64_t epochs = 3;
  std::optional<int64_t> max_steps = {};  // ends training, also in the middle of an epoch
  double learning_rate = 2e-5;
  ScheduleKind schedule = ScheduleKind::constant;
  double warmup = 0;  // steps; below 1: that part of all steps, rounded up
  AdamSettings adam = {.form = AdamForm::hf, .eps = 1e-6};
  std::optional<SgdSettings> sgd = {};  // SGD instead of AdamW
  double weight_decay = 0;              // of all but biases and LayerNorm's parameters
  bool skip_nonfinite = false;  // leave out a step whose loss or gradient is not finite, instead of failing
  bool shuffle = true;          // a new order of the rows each epoch
  uint32_t seed = 42;
  bool use_types = false;  // the second text of a pair has a token type of its own
  int64_t patience = 0;    // end after so many epochs in a row that were no better than the best; 0: never
  int64_t save_every = 0;  // at multiples of it on_step may save: no later step is begun before. 0: never
};

// The number of optimizer steps that the plan makes with so many rows.
int64_t total_steps(const TrainingPlan& plan, int64_t rows);
// The plan's schedule of learning rates, over so many steps.
Schedule schedule_of(const TrainingPlan& plan, int64_t total_steps);

}  // namespace hone
