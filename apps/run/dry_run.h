#pragma once

#include <cstdint>
#include <string>

#include <hone/nn/models/classifier.h>
#include "apps/cli/settings.h"
#include "apps/run/task_data.h"

namespace hone {

// An estimate of the memory that training needs, in bytes.
struct MemoryEstimate {
  int64_t weights = 0, gradients = 0, moments = 0;
  int64_t shadows = 0;      // the matrices in bf16, where the encoder computes in it
  int64_t activations = 0;  // the largest batch's, saved for the backward pass
  int64_t loading = 0;      // the weights as they are loaded, whose memory the activations take over
  int64_t rows = 0;         // the tokenized rows, in the host's memory

  int64_t total() const;
};

// The sizes of a batch that decide how much memory it needs.
struct BatchSize {
  int64_t sequences = 0, tokens = 0;
};

// The training batch with the most tokens, found over the first 10 epochs at most.
BatchSize largest_batch(const TaskData& data, const TrainingPlan& plan);

MemoryEstimate estimate_memory(const SequenceClassifier& model, const TaskData& data,
                               const TrainingPlan& plan);

// The output of --dry-run: the rows and tokens of each split, the schedule and the memory; for people, and as
// a line of JSON.
struct DryRun {
  const Settings& settings;
  const TaskData& data;
  const SequenceClassifier& model;
};
std::string dry_run_text(const DryRun& run);
std::string dry_run_event(const DryRun& run);

}  // namespace hone
