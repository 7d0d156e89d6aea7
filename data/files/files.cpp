#include "data/files/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <utility>

#include <hone/core/error.h>

namespace hone {
namespace {

[[noreturn]] void fail(const std::filesystem::path& path, const std::string& action) {
  const int code = errno;
  throw Error(path.string() + ": cannot " + action + ": " + std::strerror(code));
}

template <class Call>
auto retry(Call call) {
  auto result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

std::filesystem::path folder_of(const std::filesystem::path& path) {
  return path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
}

std::filesystem::path temporary_name(const std::filesystem::path& path) {
  static std::atomic<unsigned> counter{0};
  return folder_of(path) / ("." + path.filename().string() + ".tmp-" + std::to_string(::getpid()) + "-" +
                            std::to_string(counter++));
}

}  // namespace

InputFile::InputFile(const std::filesystem::path& path) : path_(path) {
  // O_NONBLOCK: opening a FIFO must not wait for a writer.
  descriptor_ = retry([&] { return ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC); });
  if (descriptor_ < 0) fail(path, "open");
  struct stat status {};
  const bool known = ::fstat(descriptor_, &status) == 0;
  if (known && S_ISREG(status.st_mode)) {
    size_ = static_cast<uint64_t>(status.st_size);
    return;
  }
  const int code = errno;
  ::close(std::exchange(descriptor_, -1));
  errno = code;
  if (!known) fail(path, "examine");
  throw Error(path.string() + ": not a regular file");
}

InputFile::InputFile(InputFile&& other) noexcept
    : path_(std::move(other.path_)), descriptor_(std::exchange(other.descriptor_, -1)), size_(other.size_) {}

InputFile& InputFile::operator=(InputFile&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(descriptor_, other.descriptor_);
  std::swap(size_, other.size_);
  return *this;
}

InputFile::~InputFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void InputFile::read(uint64_t offset, std::span<std::byte> out) const {
  while (!out.empty()) {
    const auto count =
        retry([&] { return ::pread(descriptor_, out.data(), out.size(), static_cast<off_t>(offset)); });
    if (count < 0) fail(path_, "read");
    if (count == 0) {
      throw Error(path_.string() + ": ends at byte " + std::to_string(offset) + ", " +
                  std::to_string(out.size()) + " more were expected");
    }
    out = out.subspan(static_cast<size_t>(count));
    offset += static_cast<uint64_t>(count);
  }
}

std::string read_file(const std::filesystem::path& path, uint64_t max_bytes) {
  const InputFile file(path);
  if (file.size() > max_bytes) {
    throw Error(path.string() + ": has " + std::to_string(file.size()) + " bytes, at most " +
                std::to_string(max_bytes) + " are expected");
  }
  std::string bytes(file.size(), '\0');
  file.read(0, std::as_writable_bytes(std::span(bytes)));
  return bytes;
}

bool present(const std::filesystem::path& path) {
  std::error_code error;
  const auto type = std::filesystem::symlink_status(path, error).type();
  return type != std::filesystem::file_type::not_found && error != std::errc::filename_too_long;
}

AtomicFile::AtomicFile(const std::filesystem::path& path) : path_(path) {
  do {
    temporary_ = temporary_name(path);
    descriptor_ =
        retry([&] { return ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666); });
  } while (descriptor_ < 0 && errno == EEXIST);
  if (descriptor_ < 0) fail(path_, "create");
}

AtomicFile::~AtomicFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

void AtomicFile::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto count = retry([&] { return ::write(descriptor_, bytes.data(), bytes.size()); });
    if (count < 0) fail(path_, "write");
    bytes.remove_prefix(static_cast<size_t>(count));
  }
}

void AtomicFile::commit() {
  if (retry([&] { return ::fsync(descriptor_); }) != 0) fail(path_, "flush to the disk");
  // A close that fails has still released the descriptor.
  if (::close(std::exchange(descriptor_, -1)) != 0 && errno != EINTR) fail(path_, "close");
  if ((errno = rename_path(temporary_, path_)) != 0) fail(path_, "rename the finished file");
  temporary_.clear();
  sync_folder(folder_of(path_));
}

void write_file_atomically(const std::filesystem::path& path, std::string_view bytes) {
  AtomicFile file(path);
  file.write(bytes);
  file.commit();
}

int rename_path(const std::filesystem::path& from, const std::filesystem::path& to) {
  return retry([&] { return ::rename(from.c_str(), to.c_str()); }) == 0 ? 0 : errno;
}

void sync_folder(const std::filesystem::path& folder) {
  const int descriptor = retry([&] { return ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); });
  if (descriptor < 0) fail(folder, "open");
  const bool synced = retry([&] { return ::fsync(descriptor); }) == 0 ||
                      errno == EINVAL;  // EINVAL: this file system has no fsync
  const int code = errno;
  ::close(descriptor);
  errno = code;
  if (!synced) fail(folder, "flush to the disk");
}

}  // namespace hone
