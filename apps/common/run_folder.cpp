#include "apps/common/run_folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "apps/common/resources.h"
#include "core/error.h"
#include "data/files.h"

namespace hone {
namespace {

namespace fs = std::filesystem;

fs::path free_name(const std::string& program) {
  const fs::path base = fs::path("hone-runs") / (program + "-" + utc_stamp());
  fs::path path = base;
  std::error_code ignored;
  for (int i = 2; fs::exists(path, ignored); ++i) path = fmt::format("{}-{}", base.string(), i);
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
    throw UsageError(fmt::format("--output {}: the folder is not empty; name a new one", path.string()));
}

}  // namespace

RunFolder::RunFolder(const std::optional<fs::path>& output, const std::string& program)
    : path_(output ? *output : free_name(program)), named_after_(output ? "" : program) {
  check_empty(path_);
}

RunFolder::~RunFolder() {
  if (metrics_ >= 0) ::close(metrics_);
}

void RunFolder::create() {
  std::error_code error;
  if (path_.has_parent_path()) fs::create_directories(path_.parent_path(), error);
  // Another run may have taken a name since we chose it.
  while (!error && !fs::create_directory(path_, error) && !error && !named_after_.empty()) {
    path_ = free_name(named_after_);
  }
  if (error) throw Error(fmt::format("{}: cannot create the folder: {}", path_.string(), error.message()));
  const fs::path file = path_ / "metrics.jsonl";
  metrics_ = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0666);
  if (metrics_ < 0) throw Error(fmt::format("{}: cannot create: {}", file.string(), std::strerror(errno)));
}

void RunFolder::append(std::string_view line) {
  std::string text(line);
  text += '\n';
  for (std::string_view rest = text; !rest.empty();) {
    const auto written = ::write(metrics_, rest.data(), rest.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) {
      throw Error(
          fmt::format("{}: cannot write: {}", (path_ / "metrics.jsonl").string(), std::strerror(errno)));
    }
    rest.remove_prefix(static_cast<size_t>(written));
  }
}

void RunFolder::write(const std::string& name, std::string_view text) const {
  write_file_atomically(path_ / name, text);
}

}  // namespace hone
