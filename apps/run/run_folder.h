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

// The folder of a run: `output`, or a name below hone-runs/ made of the program's name and the time. A new
// run's folder must be absent or empty (UsageError), a resumed run's must exist (Error).
std::filesystem::path run_path(const std::optional<std::filesystem::path>& output, const std::string& program,
                               bool resume);

// The folder that a run writes to: run.json, metrics.jsonl, checkpoints, model/. One process at a time writes
// there.
class RunFolder {
 public:
  // The folder at run_path(). A new run's is not created yet; that of a run to resume is locked at once, when
  // it is known for one: nothing in it changes before.
  RunFolder(const std::optional<std::filesystem::path>& output, const std::string& program, bool resume);
  ~RunFolder();
  RunFolder(const RunFolder&) = delete;
  RunFolder& operator=(const RunFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path model() const { return path_ / "model"; }

  // Makes the folder with an empty metrics.jsonl. Throws Error with path and the system's text.
  void create();
  // Continues a run's metrics.jsonl after its first `bytes` bytes; the rest of the file is cut off.
  void reopen(uint64_t bytes);

  // Appends a line to metrics.jsonl, at once.
  void append(std::string_view line);
  // Flushes metrics.jsonl to the disk; returns its size.
  uint64_t sync();
  // The events in metrics.jsonl, in order; with `kind`, only those of that kind.
  std::vector<Json> events(std::string_view kind = {}) const;
  // The result of a finished run: its last event, as it stands in metrics.jsonl.
  std::optional<std::string> result() const;
  // True when a run began here, has not ended and completed nothing but its record: it can begin again.
  bool only_begun() const;

  void write(const std::string& name, std::string_view text) const;

 private:
  std::filesystem::path metrics_path() const { return path_ / "metrics.jsonl"; }
  std::string metrics_text() const;

  std::filesystem::path path_;
  std::string named_after_;  // the program; empty when the user named the folder
  std::optional<FolderLock> lock_;
  int metrics_ = -1;
};

}  // namespace hone
