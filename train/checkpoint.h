#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "data/safetensors/safetensors_writer.h"

namespace hone {

// The files of a checkpoint that its manifest.json answers for.
inline constexpr std::string_view kCheckpointData[] = {"model.safetensors", "optimizer.safetensors",
                                                       "state.json"};

// What one is made of. The tensors' memory must stay as it is while it is saved.
struct CheckpointContent {
  int64_t step = 0;
  std::string config_hash;
  std::vector<TensorData> model, optimizer;
  std::string state;  // JSON
};

struct FoundCheckpoint {
  int64_t step = 0;
  std::filesystem::path folder;
  std::string config_hash;
  std::string passed_over;  // which one was meant and why it was not taken; empty when this is the one
};

// A folder of checkpoints, `ckpt-<step, 8 digits>` each, and the text files `latest` and `best`,
// which name one each. A checkpoint appears complete and flushed to the disk or not at all, and nothing older
// is removed before, so after any failure the previous one still loads. All errors are hone::Error with path
// and the system's text.
class Checkpoints {
 public:
  explicit Checkpoints(std::filesystem::path run) : run_(std::move(run)) {}

  static std::string name(int64_t step);
  std::filesystem::path folder(int64_t step) const { return run_ / name(step); }

  // Saves one, in the place of a damaged one of that step if need be, and lets `latest` name it.
  void save(const CheckpointContent& content) const;
  // Lets the file `pointer` ("latest", "best") name the checkpoint of a step.
  void point(const std::string& pointer, int64_t step) const;
  // The step that `pointer` names, if it is there and names one.
  std::optional<int64_t> pointed(const std::string& pointer) const;
  // Removes all but the newest `keep` up to the latest and what `latest` and `best` name.
  void prune(int64_t keep) const;

  bool empty() const { return steps().empty(); }
  // What `latest` names if it is sound, else the newest that is. Throws Error when there is none.
  FoundCheckpoint find() const;
  // Removes what processes that no longer exist have left half done.
  void remove_leftovers() const;
  // Throws Error when the disk has less room than this many bytes.
  void check_room(uint64_t bytes) const;

 private:
  std::vector<int64_t> steps() const;  // of all folders, sound or not, ascending

  std::filesystem::path run_;
};

}  // namespace hone
