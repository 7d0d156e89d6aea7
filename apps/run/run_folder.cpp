#include "apps/run/run_folder.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include <hone/core/error.h>
#include "apps/cli/resources.h"
#include "apps/run/run_entries.h"
#include "data/files/files.h"
#include "data/files/own_file.h"

namespace hone {
namespace {

namespace fs = std::filesystem;

fs::path free_name(const std::string& program) {
  const fs::path base = fs::path("hone-runs") / (program + "-" + utc_stamp());
  fs::path path = base;
  for (int i = 2; present(path); ++i) path = fmt::format("{}-{}", base.string(), i);
  return path;
}

void check_empty(const fs::path& path) {
  std::error_code error;
  const auto status = fs::status(path, error);
  if (status.type() == fs::file_type::not_found) return;
  if (error) throw Error(fmt::format("{}: {}", path.string(), error.message()));
  if (!fs::is_directory(status)) throw UsageError(fmt::format("--output {}: not a folder", path.string()));
  const bool empty = fs::is_empty(path, error);
  if (error) throw Error(fmt::format("{}: {}", path.string(), error.message()));
  if (!empty)
    throw UsageError(
        fmt::format("--output {}: the folder is not empty; name a new one, or go on with its run by --resume",
                    path.string()));
}

void check_there(const fs::path& path) {
  std::error_code error;
  const auto status = fs::status(path, error);
  if (fs::is_directory(status)) return;
  if (error && status.type() != fs::file_type::not_found)
    throw Error(fmt::format("--resume: {}: {}", path.string(), error.message()));
  throw Error(
      fmt::format("--resume: {}: there is no such folder; start the run without --resume", path.string()));
}

[[noreturn]] void fail(const fs::path& file, const char* action) {
  throw Error(fmt::format("{}: cannot {}: {}", file.string(), action, std::strerror(errno)));
}

// The text that each line of metrics.jsonl with an event of this kind begins with.
std::string beginning_of(std::string_view kind) { return fmt::format(R"({{"event":"{}",)", kind); }

}  // namespace

fs::path run_path(const std::optional<fs::path>& output, const std::string& program, bool resume) {
  fs::path path = output ? *output : free_name(program);
  resume ? check_there(path) : check_empty(path);
  return path;
}

RunFolder::RunFolder(const std::optional<fs::path>& output, const std::string& program, bool resume)
    : path_(run_path(output, program, resume)), named_after_(output ? "" : program) {
  if (!resume) return;
  require_run(path_);
  lock_.emplace(path_);
}

RunFolder::~RunFolder() {
  if (metrics_ >= 0) ::close(metrics_);
}

void RunFolder::create() {
  std::error_code error;
  if (path_.has_parent_path()) fs::create_directories(path_.parent_path(), error);
  // Another run may have created a folder of this name since we chose it: then the next name is tried.
  while (!error && !fs::create_directory(path_, error) && !error && !named_after_.empty()) {
    path_ = free_name(named_after_);
  }
  if (error) throw Error(fmt::format("{}: cannot create the folder: {}", path_.string(), error.message()));
  sync_folder(path_.has_parent_path() ? path_.parent_path() : ".");
  lock_.emplace(path_);
  metrics_ = open_own_file(metrics_path(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND);
}

void RunFolder::reopen(uint64_t bytes) {
  const std::string text = present(metrics_path()) ? metrics_text() : "";
  if (text.size() < bytes || (bytes > 0 && text[bytes - 1] != '\n')) {
    throw Error(fmt::format("{}: is not what it was at the checkpoint, when it had {} bytes; it has {}",
                            metrics_path().string(), bytes, text.size()));
  }
  metrics_ = open_own_file(metrics_path(), O_WRONLY | O_APPEND | O_CREAT);
  while (::ftruncate(metrics_, static_cast<off_t>(bytes)) != 0) {
    if (errno != EINTR) fail(metrics_path(), "shorten");
  }
}

void RunFolder::append(std::string_view line) {
  std::string text(line);
  text += '\n';
  for (std::string_view rest = text; !rest.empty();) {
    const auto written = ::write(metrics_, rest.data(), rest.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail(metrics_path(), "write");
    rest.remove_prefix(static_cast<size_t>(written));
  }
}

uint64_t RunFolder::sync() {
  while (::fsync(metrics_) != 0) {
    if (errno != EINTR) fail(metrics_path(), "flush to the disk");
  }
  const off_t size = ::lseek(metrics_, 0, SEEK_END);
  if (size < 0) fail(metrics_path(), "examine");
  return static_cast<uint64_t>(size);
}

std::string RunFolder::metrics_text() const { return read_own_file(metrics_path(), UINT64_MAX); }

std::vector<Json> RunFolder::events(std::string_view kind) const {
  const std::string text = metrics_text(), beginning = kind.empty() ? "" : beginning_of(kind);
  std::vector<Json> out;
  for (size_t at = 0, end = 0; (end = text.find('\n', at)) != std::string::npos; at = end + 1) {
    const std::string_view line = std::string_view(text).substr(at, end - at);
    if (line.starts_with(beginning)) out.push_back(parse_json(line, metrics_path().string()));
  }
  return out;
}

std::optional<std::string> RunFolder::result() const {
  std::string text = present(metrics_path()) ? metrics_text() : "";
  if (text.empty() || text.back() != '\n') return std::nullopt;
  text.pop_back();
  const size_t before = text.rfind('\n');
  std::string last = text.substr(before == std::string::npos ? 0 : before + 1);
  return last.starts_with(beginning_of("result")) ? std::optional(std::move(last)) : std::nullopt;
}

bool RunFolder::only_begun() const {
  std::error_code error;
  for (fs::directory_iterator entry(path_, error), end; !error && entry != end; entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    const bool first = name == "lock" || name == "run.json" || name == "metrics.jsonl";
    if (!first && !is_incomplete(name)) return false;
  }
  return !error && !result();
}

void RunFolder::write(const std::string& name, std::string_view text) const {
  write_file_atomically(path_ / name, text);
}

}  // namespace hone
