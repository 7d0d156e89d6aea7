#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace hone {

// Where a run writes to: run.json, metrics.jsonl, model/. Nothing in it is ever deleted.
class RunFolder {
 public:
  // `output`, or a name made of the program's and the time below hone-runs/. Throws UsageError when the
  // folder is there and not empty; creates nothing yet.
  RunFolder(const std::optional<std::filesystem::path>& output, const std::string& program);
  ~RunFolder();
  RunFolder(const RunFolder&) = delete;
  RunFolder& operator=(const RunFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path model() const { return path_ / "model"; }

  // Makes the folder with an empty metrics.jsonl. Throws Error with path and the system's text.
  void create();
  bool created() const { return metrics_ >= 0; }

  // Appends a line to metrics.jsonl, at once.
  void append(std::string_view line);
  void write(const std::string& name, std::string_view text) const;

 private:
  std::filesystem::path path_;
  std::string named_after_;  // the program, when the name is ours to choose
  int metrics_ = -1;
};

}  // namespace hone
