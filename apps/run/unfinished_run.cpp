#include "apps/run/unfinished_run.h"

#include <filesystem>
#include <set>

#include <hone/core/error.h>
#include "data/files/files.h"

namespace hone {
namespace {

namespace fs = std::filesystem;

// The folder of the first of several runs; empty where there is none.
fs::path first_run(const fs::path& folder) {
  std::set<std::string> runs;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (name.starts_with("seed-")) runs.insert(name);
  }
  return runs.empty() ? fs::path() : folder / *runs.begin();
}

}  // namespace

const std::string& not_unfinished_run(const std::string& name) {
  const fs::path folder = name;
  if (present(folder / "config.json") || present(folder / "model")) return name;
  if (present(folder / "run.json"))
    throw ModelError(name + ": no model yet: this run has not ended; go on with it by --resume");
  if (const fs::path run = first_run(folder); !run.empty())
    throw ModelError(name + ": a folder of several runs; pass one of them, for example " + run.string());
  return name;
}

}  // namespace hone
