#include "data/files/folder_swap.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string>

#include <hone/core/error.h>
#include "data/files/files.h"

namespace hone {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const fs::path& path, const std::string& action, int code) {
  throw Error(path.string() + ": cannot " + action + ": " + std::strerror(code));
}

void rename_or_fail(const fs::path& from, const fs::path& to) {
  if (const int code = rename_path(from, to); code != 0) fail(to, "rename the finished folder", code);
}

fs::path without_slash(const fs::path& folder) {
  return folder.has_filename() ? folder : folder.parent_path();
}

// Makes a new folder beside `folder`. One of the same name may be left from a process that died and had our
// process number.
fs::path create_beside(const fs::path& folder) {
  const std::string name = folder.string() + ".tmp-" + std::to_string(::getpid());
  fs::path path = name;
  std::error_code error;
  for (int n = 1; !fs::create_directory(path, error) && !error; ++n) path = name + "-" + std::to_string(n);
  if (error) fail(path, "create", error.value());
  return path;
}

}  // namespace

FolderSwap::FolderSwap(fs::path folder, std::span<const std::string_view> files)
    : folder_(without_slash(folder)), files_(files) {
  check_replaceable();
  temporary_ = create_beside(folder_);
}

FolderSwap::~FolderSwap() { remove_folder(temporary_, files_); }

void FolderSwap::commit() {
  check_replaceable();
  fs::path aside = temporary_;
  aside += "-old";
  replace_folder(temporary_, folder_, aside);
  sync_folder(folder_.has_parent_path() ? folder_.parent_path() : ".");
  remove_folder(aside, files_);
}

void FolderSwap::check_replaceable() const {
  std::error_code error;
  const auto status = fs::symlink_status(folder_, error);
  if (!fs::exists(status)) return;
  if (!fs::is_directory(status)) throw Error(folder_.string() + ": exists and is not a folder");
  for (fs::directory_iterator entry(folder_, error), end; !error && entry != end; entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (std::find(files_.begin(), files_.end(), name) == files_.end()) {
      throw Error(folder_.string() + ": holds " + name + ", which hone did not write; choose another folder");
    }
  }
  if (error) fail(folder_, "list", error.value());
}

void remove_folder(const fs::path& folder, std::span<const std::string_view> files) {
  const std::string path = without_slash(folder).string();
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (descriptor < 0) return;
  for (const std::string_view name : files) ::unlinkat(descriptor, std::string(name).c_str(), 0);
  ::close(descriptor);
  ::rmdir(path.c_str());
}

void replace_folder(const fs::path& ready, const fs::path& folder, const fs::path& aside, bool exchange) {
  std::error_code error;
  if (!fs::exists(fs::symlink_status(folder, error))) return rename_or_fail(ready, folder);
  if (exchange) {
    int result = 0;
    do {
      result = ::renameat2(AT_FDCWD, ready.c_str(), AT_FDCWD, folder.c_str(), RENAME_EXCHANGE);
    } while (result != 0 && errno == EINTR);
    if (result == 0) return;
    if (errno != EINVAL && errno != ENOSYS) fail(folder, "exchange with the finished folder", errno);
  }
  rename_or_fail(folder, aside);
  const int code = rename_path(ready, folder);
  if (code == 0) return;
  rename_or_fail(aside, folder);
  fail(folder, "rename the finished folder", code);
}

}  // namespace hone
