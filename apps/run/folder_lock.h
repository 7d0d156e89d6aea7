#pragma once

#include <filesystem>

namespace hone {

// Keeps other processes from writing to a folder: a lock on its file `lock`, which the system gives back when
// the process ends, however it ends. The file stays.
class FolderLock {
 public:
  // Locks the folder. Throws Error when another process holds the lock, naming that process; when the file
  // cannot be made or locked, and then a file that was made here is removed; and when it is no plain file.
  explicit FolderLock(const std::filesystem::path& folder);
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;
  ~FolderLock();

 private:
  int descriptor_ = -1;
};

}  // namespace hone
