#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

namespace hone {

// A regular file opened for reading at any offset. FIFOs, devices and folders are refused without blocking.
// All errors are hone::Error with the path and the system's text.
class InputFile {
 public:
  explicit InputFile(const std::filesystem::path& path);
  InputFile(InputFile&& other) noexcept;
  InputFile& operator=(InputFile&& other) noexcept;
  ~InputFile();

  const std::filesystem::path& path() const { return path_; }
  uint64_t size() const { return size_; }  // when it was opened
  // Fills `out` with the bytes from `offset` on. Throws Error when the file ends earlier.
  void read(uint64_t offset, std::span<std::byte> out) const;

 private:
  std::filesystem::path path_;
  int descriptor_ = -1;
  uint64_t size_ = 0;
};

// The whole content of a regular file; one larger than max_bytes is refused before it is read.
std::string read_file(const std::filesystem::path& path, uint64_t max_bytes);

// The same with the caller's kind of error (ModelError, DataError).
template <class E>
std::string read_file_or(const std::filesystem::path& path, uint64_t max_bytes);

// True unless `path` surely names nothing: a link that leads nowhere, or a file in a folder that cannot be
// entered, is reported by whoever opens it, not mistaken for an absent one.
bool present(const std::filesystem::path& path);

// A file that appears, complete, under its name at commit() or not at all. Until then the bytes are in a
// temporary file of the same folder, which the destructor removes; an older file of that name stays as it
// was.
class AtomicFile {
 public:
  explicit AtomicFile(const std::filesystem::path& path);
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;
  ~AtomicFile();

  void write(std::string_view bytes);
  // Flushes to the disk, checks the close, renames and flushes the folder.
  void commit();

 private:
  std::filesystem::path path_, temporary_;
  int descriptor_ = -1;
};

void write_file_atomically(const std::filesystem::path& path, std::string_view bytes);

// rename(2), again when a signal interrupts it: 0, or the error's number.
int rename_path(const std::filesystem::path& from, const std::filesystem::path& to);

// Makes renames and new entries in `folder` durable.
void sync_folder(const std::filesystem::path& folder);

template <class E>
std::string read_file_or(const std::filesystem::path& path, uint64_t max_bytes) {
  try {
    return read_file(path, max_bytes);
  } catch (const std::exception& error) {
    throw E(error.what());
  }
}

}  // namespace hone
