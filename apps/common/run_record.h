#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "apps/common/events.h"
#include "apps/common/settings.h"
#include "apps/common/task_data.h"

namespace hone {

// What a run consists of, for its records.
struct RunRecord {
  const FineTuneSpec& spec;
  const Settings& settings;
  const TaskData& data;
  std::string command;  // as it was typed
  std::filesystem::path model_folder;
  int64_t max_length;
  Device device;
};

// run.json: the origin and all settings.
std::string run_json(const RunRecord& run);

// The first line of metrics.jsonl: the origin, and what the data are.
std::string start_event(const RunRecord& run);

// The last one.
struct RunResult {
  int64_t steps, epochs;
  const std::vector<EvaluatedSplit>& evaluations;
  double seconds;
  std::string saved_folder;
  Device device;
};
std::string result_event(const RunResult& result);

}  // namespace hone
