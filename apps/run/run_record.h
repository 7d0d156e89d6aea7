#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "apps/cli/settings.h"
#include "apps/run/events.h"
#include "apps/run/task_data.h"

namespace hone {

// The facts about a run that its records name.
struct RunRecord {
  const FineTuneSpec& spec;
  const Settings& settings;
  const TaskData& data;
  std::string command;  // as it was typed
  std::filesystem::path model_folder;
  int64_t max_length;
  Device device;
  // The run is one of `runs`, by --runs, whose seeds begin with first_seed.
  int64_t runs = 1, first_seed = 0;
};

// run.json: the origin and all settings.
std::string run_json(const RunRecord& run);

// The SHA-256 of each file that a run loads from a model's folder, by file name; without the weights when
// they are initialised at random.
using FileHashes = std::map<std::string, std::string>;
FileHashes file_hashes(const std::filesystem::path& model_folder, bool with_weights);

// The first line of metrics.jsonl: the run's origin, its data and the files that were read. `data_hash` is
// the hash of the rows' token ids.
std::string start_event(const RunRecord& run, const FileHashes& files, const std::string& data_hash);

// The contents of the last line of metrics.jsonl.
struct RunResult {
  int64_t steps, epochs;
  const std::vector<EvaluatedSplit>& evaluations;
  double seconds;
  std::string saved_folder;
  Device device;
};
std::string result_event(const RunResult& result);

}  // namespace hone
