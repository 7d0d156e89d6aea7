#include "apps/run/run_entries.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include <hone/core/error.h>
#include "data/files/files.h"
#include "data/files/own_file.h"
#include "data/json/json.h"

namespace hone {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kMostRecordBytes = 1 << 20;
constexpr std::string_view kFiles[] = {"lock",        "run.json", "runs.json", "metrics.jsonl",
                                       "metrics.csv", "latest",   "best",      "report.html"};

std::vector<std::string> names_in(const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error))
    names.push_back(entry->path().filename().string());
  if (error) throw Error(fmt::format("{}: cannot list: {}", folder.string(), error.message()));
  return names;
}

bool is_record(const fs::path& file) {
  try {
    const Json record = parse_json(read_own_file(file, kMostRecordBytes), file.string());
    return record.find("program") != nullptr && record.find("settings") != nullptr;
  } catch (const Error&) {
    return false;
  }
}

// The first bytes of a file, as many as `count` if it has them; nothing when it cannot be read.
std::string beginning_of(const fs::path& file, size_t count) {
  try {
    require_type(file, fs::file_type::regular);
    const InputFile in(file);
    std::string text(std::min<uint64_t>(count, in.size()), '\0');
    in.read(0, std::as_writable_bytes(std::span(text)));
    return text;
  } catch (const Error&) {
    return "";
  }
}

// True when the file begins like metrics.jsonl, which a kill may have cut off after any byte.
bool are_metrics(const fs::path& file) {
  constexpr std::string_view kBeginning = R"({"event":")";
  const std::string text = beginning_of(file, kBeginning.size());
  return !text.empty() && kBeginning.starts_with(text);
}

// True for a lock: it holds nothing or a process id.
bool is_lock(const fs::path& file) {
  constexpr size_t kLongest = 20;
  std::error_code error;
  if (fs::symlink_status(file, error).type() != fs::file_type::regular) return false;
  const std::string text = beginning_of(file, kLongest + 1);
  return text.size() <= kLongest && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

// True when the folder holds what a run makes first, and nothing else: its lock, then empty metrics.
bool only_created(const fs::path& folder, const std::vector<std::string>& names) {
  std::error_code error;
  return is_lock(folder / "lock") && std::ranges::all_of(names, [&](const std::string& name) {
           return name == "lock" || is_incomplete(name) ||
                  (name == "metrics.jsonl" && fs::file_size(folder / name, error) == 0);
         });
}

}  // namespace

bool is_incomplete(std::string_view name) {
  return (name.starts_with('.') || name.starts_with("ckpt-") || name.starts_with("model.")) &&
         name.find(".tmp-") != std::string_view::npos;
}

void require_plain_entries(const fs::path& folder) {
  for (const std::string& name : names_in(folder)) {
    if (std::ranges::find(kFiles, name) != std::end(kFiles))
      require_type(folder / name, fs::file_type::regular);
    if (name == "model" || name.starts_with("ckpt-")) require_type(folder / name, fs::file_type::directory);
  }
}

void require_run(const fs::path& folder) {
  require_plain_entries(folder);
  const std::vector<std::string> names = names_in(folder);
  const fs::path metrics = folder / "metrics.jsonl";
  const bool recorded = is_record(folder / "run.json"), measured = are_metrics(metrics);
  std::error_code error;
  if (recorded && !measured && present(metrics) && fs::file_size(metrics, error) > 0)
    throw Error(metrics.string() + ": hone did not write this; nothing was changed");
  if (recorded || measured || only_created(folder, names)) return;
  if (holds_runs(folder)) {
    throw UsageError(fmt::format("--resume: {} holds several runs; give the --runs that they were made with",
                                 folder.string()));
  }
  throw Error(fmt::format("{}: no checkpoint to resume from: {}", folder.string(),
                          names.empty() ? "the folder is empty; start the run without --resume"
                                        : "no run of hone's was made in this folder; name another"));
}

void require_runs(const fs::path& folder) {
  require_plain_entries(folder);
  if (names_in(folder).empty() || holds_runs(folder)) return;
  throw Error(
      fmt::format("--resume: {}: no run of hone's was made in this folder; name another", folder.string()));
}

bool holds_runs(const fs::path& folder) {
  return std::ranges::any_of(names_in(folder),
                             [](const std::string& name) { return name.starts_with("seed-"); });
}

}  // namespace hone
