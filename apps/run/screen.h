#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "apps/cli/settings.h"
#include "apps/run/events.h"
#include "apps/run/task_data.h"

namespace hone {

// The contents of the program's first lines: model, data, settings and device.
struct FirstScreen {
  const FineTuneSpec& spec;
  const Settings& settings;
  const TextClassifier& classifier;
  const TaskData& data;
  int64_t max_length, steps;
  std::string output;
};
std::string first_screen(const FirstScreen& screen);

// The contents of the program's last lines: the results of the run.
struct Summary {
  const std::vector<EvaluatedSplit>& evaluations;
  double seconds;
  int64_t steps;
  std::filesystem::path run, model;  // folders
  std::string program;               // as typed: predict lies beside it
  bool pairs;
  std::string best;          // the best evaluation's checkpoint, unless it is the last
  double tokens_per_second;  // in training
  Device device;
};
std::string summary_text(const Summary& summary);

}  // namespace hone
