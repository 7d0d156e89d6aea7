#include "data/files/own_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <hone/core/error.h>
#include "data/files/files.h"

namespace hone {
namespace {

const char* name_of(std::filesystem::file_type type) {
  switch (type) {
    case std::filesystem::file_type::regular:
      return "a file";
    case std::filesystem::file_type::directory:
      return "a folder";
    case std::filesystem::file_type::symlink:
      return "a symbolic link";
    case std::filesystem::file_type::fifo:
      return "a FIFO";
    case std::filesystem::file_type::not_found:
      return "absent";
    default:
      return "a device or socket";
  }
}

constexpr uint64_t kPiece = uint64_t{1} << 20;

struct Descriptor {
  ~Descriptor() { ::close(number); }
  int number;
};

}  // namespace

void require_type(const std::filesystem::path& path, std::filesystem::file_type type) {
  std::error_code error;
  const auto found = std::filesystem::symlink_status(path, error).type();
  if (found == type) return;
  if (error) throw Error(path.string() + ": cannot examine: " + error.message());
  throw Error(path.string() + ": is " + name_of(found) + ", where hone keeps " + name_of(type) +
              " of its own; nothing there was changed");
}

int open_own_file(const std::filesystem::path& path, int flags) {
  // Even to open a device can change it.
  if (present(path)) require_type(path, std::filesystem::file_type::regular);
  int descriptor = -1;
  do {
    descriptor = ::open(path.c_str(), flags | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0666);
  } while (descriptor < 0 && errno == EINTR);
  if (descriptor < 0)
    throw Error(path.string() + ((flags & O_CREAT) != 0 ? ": cannot create: " : ": cannot open: ") +
                std::strerror(errno));
  struct stat status {};
  const bool known = ::fstat(descriptor, &status) == 0;
  const bool shared = (flags & O_ACCMODE) != O_RDONLY && status.st_nlink > 1;
  if (known && S_ISREG(status.st_mode) && !shared) return descriptor;
  ::close(descriptor);
  if (known && shared)
    throw Error(path.string() +
                ": has a second name (a hard link), which writing would change, too; copy the file");
  throw Error(path.string() + ": not a regular file");
}

std::string read_own_file(const std::filesystem::path& path, uint64_t max_bytes) {
  const Descriptor file{open_own_file(path, O_RDONLY)};
  std::string text;
  for (ssize_t count = 1; count != 0;) {
    const size_t size = text.size();
    if (size > max_bytes)
      throw Error(path.string() + ": has more than the " + std::to_string(max_bytes) +
                  " bytes that are expected");
    text.resize(size + std::min<uint64_t>(kPiece, max_bytes - size) + 1);
    count = ::read(file.number, text.data() + size, text.size() - size);
    if (count < 0 && errno != EINTR) throw Error(path.string() + ": cannot read: " + std::strerror(errno));
    text.resize(size + static_cast<size_t>(std::max<ssize_t>(count, 0)));
  }
  return text;
}

}  // namespace hone
