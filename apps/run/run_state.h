#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include <hone/train/trainer.h>

namespace hone {

// The best evaluation of a run so far.
struct BestEvaluation {
  double value = 0;
  int64_t step = 0;
};

// state.json of a checkpoint: the state of a run besides weights and moments. The random streams of shuffling
// and dropout are counted by seed, epoch and step, so the progress is their state too.
struct RunState {
  TrainingProgress progress;
  std::optional<BestEvaluation> best;
  int64_t without_improvement = 0;  // evaluations since the best one
  uint64_t metrics_bytes = 0;       // the length of metrics.jsonl at the checkpoint
  double seconds = 0;               // the time that the run has taken
  int64_t seed = 0;
  std::map<std::string, std::string> settings;  // the recipe, by the options' names
  std::string data_hash, device, version;
  std::string label_hash;  // of the labels' names; "" in a checkpoint of an earlier version
};

std::string state_json(const RunState& state);
// Throws ModelError for a file that is no state.
RunState read_state(const std::filesystem::path& file);
// Throws Error, which names the file and the field, when the state contradicts itself or its checkpoint, made
// after `step` steps of a run whose settings have this hash.
void check_state(const RunState& state, int64_t step, const std::string& config_hash,
                 const std::filesystem::path& file);

// The SHA-256 of settings.
std::string hash_of(const std::map<std::string, std::string>& settings);

}  // namespace hone
