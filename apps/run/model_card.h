#pragma once

#include <string>
#include <vector>

#include "apps/run/events.h"

namespace hone {

struct ModelCard {
  std::string title, base_model, dataset, data_folder, command;
  std::vector<std::string> labels;
  std::vector<EvaluatedSplit> evaluations;
  bool pairs = false, uses_token_types = true;
  int64_t steps = 0;
};

// The README.md of a saved model: what it is, what it was trained on, how well it does, how to make it again.
std::string model_card_text(const ModelCard& card);

}  // namespace hone
