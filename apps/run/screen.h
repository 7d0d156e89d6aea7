#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "apps/cli/settings.h"
#include "apps/run/events.h"
#include "apps/run/task_data.h"

namespace hone {

// What runs on what: the program's first lines.
struct FirstScreen {
  const FineTuneSpec& spec;
  const Settings& settings;
  const TextClassifier& classifier;
  const TaskData& data;
  int64_t max_length, steps;
  std::string output;
};
std::string first_screen(const FirstScreen& screen);

// What came of it: its last ones.
struct Summary {
  const std::vector<EvaluatedSplit>& evaluations;
  double seconds;
  int64_t steps;
  std::filesystem::path run, model;  // folders
  std::string program;               // as it was started: predict lies beside it
  bool pairs;
  std::string best;          // the checkpoint of the best evaluation, when that is not the last one's
  double tokens_per_second;  // in training
  Device device;
};
std::string summary_text(const Summary& summary);

}  // namespace hone
