#include "apps/run/folder_lock.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string>

#include <hone/core/error.h>
#include "data/files/files.h"
#include "data/files/own_file.h"

namespace hone {
namespace {

template <class Call>
int retry(Call call) {
  int result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

// The process id that the lock's holder wrote into the file; it may not have done so yet.
std::string holder(int descriptor) {
  std::array<char, 32> text{};
  const auto count = ::pread(descriptor, text.data(), text.size(), 0);
  return count <= 0 ? "another process" : "process " + std::string(text.data(), static_cast<size_t>(count));
}

}  // namespace

FolderLock::FolderLock(const std::filesystem::path& folder) {
  const std::string file = (folder / "lock").string();
  const bool is_new = !present(file);
  descriptor_ = open_own_file(file, O_RDWR | O_CREAT);
  if (retry([&] { return ::flock(descriptor_, LOCK_EX | LOCK_NB); }) != 0) {
    const int code = errno;
    const std::string who = holder(descriptor_);
    ::close(descriptor_);
    if (code != EWOULDBLOCK) {
      if (is_new) ::unlink(file.c_str());
      throw Error(fmt::format("{}: cannot lock: {}; a run's folder lies where files can be locked", file,
                              std::strerror(code)));
    }
    throw Error(
        fmt::format("{}: {} is writing to this folder; wait until it has ended", folder.string(), who));
  }
  // The process id serves other programs' messages alone, so a failed write does no harm.
  const std::string own = std::to_string(::getpid());
  const bool written =
      ::ftruncate(descriptor_, 0) == 0 && ::pwrite(descriptor_, own.data(), own.size(), 0) > 0;
  static_cast<void>(written);
}

FolderLock::~FolderLock() { ::close(descriptor_); }

}  // namespace hone
