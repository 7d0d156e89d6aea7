#pragma once

#include <filesystem>
#include <vector>

#include "apps/run/run_record.h"

namespace hone {

// What a run leaves behind for others: the model with its tokenizer, and what its card says of it.
struct TrainedModel {
  const RunRecord& record;
  const TextClassifier& classifier;
  const std::vector<EvaluatedSplit>& evaluations;
  int64_t steps;
};

// Writes the folder whole or, on an error, not at all. Throws Error.
void save_trained_model(const std::filesystem::path& folder, const TrainedModel& trained);

}  // namespace hone
