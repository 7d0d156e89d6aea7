#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "data/safetensors/safetensors_writer.h"

namespace hone {

// The files of a checkpoint whose sizes and hashes its manifest.json holds.
inline constexpr std::string_view kCheckpointData[] = {"model.safetensors", "optimizer.safetensors",
                                                       "state.json"};

// The contents of a checkpoint to be saved. The tensors' memory must not change during the save.
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
  std::string passed_over;  // why the checkpoint that was meant is not this one; empty when it is
};

// A folder of checkpoints, `ckpt-<step, 8 digits>` each, and the text files `latest` and `best`, which name
// one checkpoint each. A checkpoint appears complete and flushed to the disk or not at all, and nothing older
// is removed before, so after any failure the previous one still loads. All errors are hone::Error with path
// and the system's text.
class Checkpoints {
 public:
  explicit Checkpoints(std::filesystem::path run) : run_(std::move(run)) {}

  static std::string name(int64_t step);
  std::filesystem::path folder(int64_t step) const { return run_ / name(step); }

  // Saves a checkpoint, replacing a damaged one of the same step, and lets `latest` name it.
  void save(const CheckpointContent& content) const;
  // Lets the file `pointer` ("latest", "best") name the checkpoint of a step.
  void point(const std::string& pointer, int64_t step) const;
  // The step that the file `pointer` names; none when the file is absent or damaged.
  std::optional<int64_t> pointed(const std::string& pointer) const;
  // Removes checkpoints older than `latest`, except the newest `keep` and those that `latest` and `best`
  // name.
  void prune(int64_t keep) const;

  bool empty() const { return steps().empty(); }
  // Finds the checkpoint that `latest` names or, if that is damaged, the newest sound one. Throws Error when
  // there is none.
  FoundCheckpoint find() const;
  // Removes incomplete files and folders of processes that no longer exist.
  void remove_leftovers() const;
  // Throws Error when the disk has fewer free bytes than this.
  void check_room(uint64_t bytes) const;

 private:
  std::vector<int64_t> steps() const;  // the steps of all checkpoints, sound or not, ascending

  std::filesystem::path run_;
};

}  // namespace hone
