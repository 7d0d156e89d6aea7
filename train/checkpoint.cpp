#include "train/checkpoint.h"

#include <fmt/core.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>
#include <iterator>

#include <hone/core/error.h>
#include "data/files/files.h"
#include "data/files/folder_swap.h"
#include "data/files/own_file.h"
#include "data/files/parse_number.h"
#include "nn/models/model_folder.h"
#include "train/manifest.h"

namespace hone {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPrefix = "ckpt-", kTemporary = ".tmp-";
constexpr size_t kDigits = 8;

// The files of a checkpoint in the order of removal: a folder that has lost only some of them does not
// verify.
constexpr std::string_view kFiles[] = {kCheckpointData[0], kCheckpointData[1], kCheckpointData[2],
                                       "manifest.json"};

std::optional<int64_t> step_of(std::string_view name) {
  if (!name.starts_with(kPrefix) || name.size() < kPrefix.size() + kDigits) return std::nullopt;
  const std::string_view digits = name.substr(kPrefix.size());
  const bool plain = std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; });
  return plain ? parse_number<int64_t>(digits) : std::nullopt;
}

// The names of a folder's entries; none when it cannot be read.
std::vector<std::string> names_in(const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    names.push_back(entry->path().filename().string());
  }
  return names;
}

// True when another process with this id runs. A process that has ended but was not waited for does not run.
bool runs(pid_t process) {
  if (process == ::getpid() || (::kill(process, 0) != 0 && errno == ESRCH)) return false;
  std::ifstream file(fmt::format("/proc/{}/stat", process));
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const size_t name_end = text.rfind(") ");  // "4711 (name) Z ..."
  return name_end == std::string::npos || (text[name_end + 2] != 'Z' && text[name_end + 2] != 'X');
}

// True when `name` is that of an incomplete file or folder of ours whose process is gone:
// "ckpt-00000010.tmp-4711", ".latest.tmp-4711-0".
bool is_leftover(std::string_view name) {
  const size_t mark = name.rfind(kTemporary);
  if (mark == std::string_view::npos) return false;
  const std::string_view base = name.substr(0, mark), rest = name.substr(mark + kTemporary.size());
  static constexpr std::array<std::string_view, 7> kOurs{
      "model", ".latest", ".best", ".run.json", ".runs.json", ".report.html", ".metrics.csv"};
  if (!step_of(base) && std::ranges::find(kOurs, base) == kOurs.end()) return false;
  const auto process = parse_number<pid_t>(rest.substr(0, rest.find('-')));
  return process && *process > 0 && !runs(*process);
}

// Removes an incomplete folder with the files in it that are ours, incomplete ones included.
void remove_leftover(const fs::path& path) {
  std::error_code ignored;
  const auto type = fs::symlink_status(path, ignored).type();
  if (type == fs::file_type::regular) fs::remove(path, ignored);
  if (type != fs::file_type::directory) return;
  for (const std::string& name : names_in(path)) {
    if (name.starts_with(".") && name.find(kTemporary) != std::string::npos) fs::remove(path / name, ignored);
  }
  remove_folder(path, model_folder_files());
  remove_folder(path, kFiles);
}

}  // namespace

std::string Checkpoints::name(int64_t step) { return fmt::format("{}{:0{}}", kPrefix, step, kDigits); }

std::vector<int64_t> Checkpoints::steps() const {
  std::vector<int64_t> out;
  for (const std::string& entry : names_in(run_)) {
    if (const auto step = step_of(entry)) out.push_back(*step);
  }
  std::ranges::sort(out);
  return out;
}

void Checkpoints::save(const CheckpointContent& content) const {
  FolderSwap swap(folder(content.step), kFiles);
  const fs::path& here = swap.temporary();
  write_safetensors(here / kCheckpointData[0], content.model, {{"format", "pt"}});
  write_safetensors(here / kCheckpointData[1], content.optimizer, {});
  write_file_atomically(here / kCheckpointData[2], content.state);
  write_file_atomically(here / "manifest.json",
                        manifest_json(make_manifest(here, content.step, content.config_hash)));
  swap.commit();
  point("latest", content.step);
}

void Checkpoints::point(const std::string& pointer, int64_t step) const {
  write_file_atomically(run_ / pointer, name(step) + "\n");
}

std::optional<int64_t> Checkpoints::pointed(const std::string& pointer) const {
  constexpr uint64_t kLongest = 64;
  try {
    const std::string text = read_own_file(run_ / pointer, kLongest);
    return text.ends_with('\n') ? step_of(text.substr(0, text.size() - 1)) : std::nullopt;
  } catch (const Error&) {
    return std::nullopt;
  }
}

void Checkpoints::prune(int64_t keep) const {
  const auto latest = pointed("latest"), best = pointed("best");
  if (!latest) return;
  auto old = steps();
  std::erase_if(old, [&](int64_t step) { return step > *latest; });
  old.resize(old.size() - std::min(old.size(), static_cast<size_t>(keep)));
  for (const int64_t step : old) {
    if (step != latest && step != best) remove_folder(folder(step), kFiles);
  }
}

FoundCheckpoint Checkpoints::find() const {
  const auto latest = pointed("latest");
  std::vector<int64_t> candidates = steps();
  std::ranges::reverse(candidates);
  if (latest) candidates.insert(candidates.begin(), *latest);
  std::string passed_over = latest ? "" : (run_ / "latest").string() + ": does not name a checkpoint";
  for (const int64_t step : candidates) {
    try {
      Manifest manifest = verified_manifest(folder(step));
      if (manifest.step == step) return {step, folder(step), std::move(manifest.config_hash), passed_over};
      throw Error(fmt::format("{}: says step {}", (folder(step) / "manifest.json").string(), manifest.step));
    } catch (const Error& error) {
      if (passed_over.empty()) passed_over = error.what();
    }
  }
  if (candidates.empty())
    throw Error(run_.string() +
                ": no checkpoint to resume from; remove the folder, or name another, to start anew");
  throw Error(fmt::format("{}: no sound checkpoint to resume from: {}", run_.string(), passed_over));
}

void Checkpoints::remove_leftovers() const {
  for (const std::string& entry : names_in(run_)) {
    if (is_leftover(entry)) remove_leftover(run_ / entry);
  }
}

void Checkpoints::check_room(uint64_t bytes) const {
  std::error_code error;
  fs::path there = fs::absolute(run_, error);  // becomes the deepest part that exists
  while (!error && !fs::exists(there, error) && there != there.parent_path()) there = there.parent_path();
  const auto space = fs::space(there, error);
  if (error || space.available >= bytes) return;
  throw Error(fmt::format(
      "{}: the next checkpoint takes {} MB, the disk has {} MB free; make room or write to another disk",
      run_.string(), bytes / 1000000 + 1, space.available / 1000000));
}

}  // namespace hone
