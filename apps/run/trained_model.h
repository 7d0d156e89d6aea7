#pragma once

#include <filesystem>
#include <vector>

#include "apps/run/run_record.h"

namespace hone {

// The model that a run produces: the classifier with its tokenizer, and the contents of its model card.
struct TrainedModel {
  const RunRecord& record;
  const TextClassifier& classifier;
  const std::vector<EvaluatedSplit>& evaluations;
  int64_t steps;
};

// Saves the model's folder whole or, on an error, not at all. Throws Error.
void save_trained_model(const std::filesystem::path& folder, const TrainedModel& trained);

}  // namespace hone
