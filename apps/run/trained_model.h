#pragma once

#include <filesystem>
#include <vector>

#include "apps/run/run_record.h"
#include "train/model_session.h"

namespace hone {

// What a run leaves behind for others: the model with its tokenizer, and what its card says of it.
struct TrainedModel {
  const RunRecord& record;
  const ModelSession& session;
  const std::vector<EvaluatedSplit>& evaluations;
  int64_t steps;
  bool pair_types;  // whether the second text of a pair had a token type of its own
};

// Writes the folder whole or, on an error, not at all. Throws Error.
void save_trained_model(const std::filesystem::path& folder, const TrainedModel& trained);

}  // namespace hone
