#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apps/run/folder_lock.h"
#include "data/json/json.h"

namespace hone {

// `output`, or a name made of the program's and the time below hone-runs/. A new run's must be absent or
// empty (UsageError), that of a run to resume must be there (Error).
std::filesystem::path run_path(const std::optional<std::filesystem::path>& output, const std::string& program,
                               bool resume);

// Where a run writes to: run.json, metrics.jsonl, checkpoints, model/. One process at a time writes there.
class RunFolder {
 public:
  // As run_path() has it. A new run's is not created yet; that of a run to resume is locked at once.
  RunFolder(const std::optional<std::filesystem::path>& output, const std::string& program, bool resume);
  ~RunFolder();
  RunFolder(const RunFolder&) = delete;
  RunFolder& operator=(const RunFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path model() const { return path_ / "model"; }

  // Makes the folder with an empty metrics.jsonl. Throws Error with path and the system's text.
  void create();
  // Of a run to resume: goes on after the first `bytes` bytes of metrics.jsonl; what stands behind them is
  // cut off.
  void reopen(uint64_t bytes);

  // Appends a line to metrics.jsonl, at once.
  void append(std::string_view line);
  // Flushes metrics.jsonl to the disk; returns its size.
  uint64_t sync();
  // The events in metrics.jsonl, in order; of one kind, if it is named.
  std::vector<Json> events(std::string_view kind = {}) const;
  // The result of a run that came to its end: its last event, as it stands in metrics.jsonl.
  std::optional<std::string> result() const;
  // Whether a run began here, has not ended and wrote nothing but its record: it can begin again.
  bool only_begun() const;

  void write(const std::string& name, std::string_view text) const;

 private:
  std::filesystem::path metrics_path() const { return path_ / "metrics.jsonl"; }
  std::string metrics_text() const;

  std::filesystem::path path_;
  std::string named_after_;  // the program, when the name is ours to choose
  std::optional<FolderLock> lock_;
  int metrics_ = -1;
};

}  // namespace hone
