// A library to preload into a program (LD_PRELOAD): the n-th call of a kind on a path fails once, is cut
// short, or ends the process. So every failure of the disk is tried on the real programs, which know nothing
// of it. The environment says what is to happen:
//
//   HONE_FAULT="CALL PATH N FAULT"
//     CALL: read, write, pwrite, fsync, close, rename, open, mkdir, statvfs, truncate, lock, unlink or rmdir;
//     thread (which has PATH "thread"); any: all these, except write to files of tensors after the first.
//     PATH: a part of the path; FAULT: an errno, "short" (of write), "kill", "term" (a signal, then the
//     call), "termterm" (two)
//   HONE_UNREADABLE=FOLDER
//     the folder as others than root find it that they may not enter: what is in it cannot be looked at
//   HONE_FAULT_MARK=FILE
//     a file that is made when the fault has happened
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdarg>
#include <cstdlib>
#include <sstream>
#include <string>
#include <utility>

namespace {

enum class Fault { none, fail, cut };

struct Plan {
  std::string call, path_part, what;
  long countdown = 0;

  Plan() {
    const char* text = std::getenv("HONE_FAULT");
    std::istringstream(text == nullptr ? "" : text) >> call >> path_part >> countdown >> what;
  }
};

template <class Function>
Function next(const char* name) {
  return reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name));
}

void mark() {
  const char* file = std::getenv("HONE_FAULT_MARK");
  if (file != nullptr) next<int (*)(int)>("close")(::creat(file, 0666));
}

// The fault planned for this call, which "any" means unless is_any is false; errno is set for a call that
// fails.
Fault fault_at(const char* call, const std::string& path, bool is_any = true) {
  static Plan plan;
  if (plan.countdown == 0 || (plan.call != call && !(is_any && plan.call == "any")) ||
      path.find(plan.path_part) == std::string::npos)
    return Fault::none;
  if (--plan.countdown > 0) return Fault::none;
  mark();
  if (plan.what == "kill") ::raise(SIGKILL);
  if (plan.what.starts_with("term")) {
    ::raise(SIGTERM);
    if (plan.what == "termterm") ::raise(SIGTERM);
    return Fault::none;
  }
  if (plan.what == "short") return Fault::cut;
  errno = std::atoi(plan.what.c_str());
  return Fault::fail;
}

std::string path_of(int descriptor) {
  std::array<char, 4096> path;
  const auto length =
      ::readlink(("/proc/self/fd/" + std::to_string(descriptor)).c_str(), path.data(), path.size());
  return length > 0 ? std::string(path.data(), static_cast<size_t>(length)) : "";
}

// True when `path` lies in the folder that cannot be entered; errno is set then.
bool is_unreadable(const std::string& path) {
  static const char* folder = std::getenv("HONE_UNREADABLE");
  if (folder == nullptr || !path.starts_with(std::string(folder) + "/")) return false;
  errno = EACCES;
  return true;
}

}  // namespace

extern "C" {

ssize_t write(int descriptor, const void* bytes, size_t count) {
  static bool wrote_tensors = false;
  const std::string path = path_of(descriptor);
  const bool again = path.find("safetensors") != std::string::npos && std::exchange(wrote_tensors, true);
  const Fault fault = fault_at("write", path, !again);
  if (fault == Fault::fail) return -1;
  if (fault == Fault::cut) count = (count + 1) / 2;
  return next<ssize_t (*)(int, const void*, size_t)>("write")(descriptor, bytes, count);
}

ssize_t read(int descriptor, void* bytes, size_t count) {
  if (fault_at("read", path_of(descriptor), false) != Fault::none) return -1;
  return next<ssize_t (*)(int, void*, size_t)>("read")(descriptor, bytes, count);
}

int fsync(int descriptor) {
  if (fault_at("fsync", path_of(descriptor)) != Fault::none) return -1;
  return next<int (*)(int)>("fsync")(descriptor);
}

// Faults concern files that were written to. A close that fails has closed the file nevertheless.
int close(int descriptor) {
  const bool writes = (::fcntl(descriptor, F_GETFL) & O_ACCMODE) != O_RDONLY;
  const bool fails = writes && fault_at("close", path_of(descriptor)) != Fault::none;
  const int code = errno, result = next<int (*)(int)>("close")(descriptor);
  if (!fails) return result;
  errno = code;
  return -1;
}

int rename(const char* from, const char* to) noexcept {
  if (fault_at("rename", to) != Fault::none) return -1;
  return next<int (*)(const char*, const char*)>("rename")(from, to);
}

int renameat2(int from_folder, const char* from, int to_folder, const char* to, unsigned flags) noexcept {
  if (fault_at("rename", to) != Fault::none) return -1;
  return next<int (*)(int, const char*, int, const char*, unsigned)>("renameat2")(from_folder, from,
                                                                                  to_folder, to, flags);
}

// A fault here reports a full disk.
int statvfs(const char* path, struct statvfs* out) noexcept {
  const int result = next<int (*)(const char*, struct statvfs*)>("statvfs")(path, out);
  if (fault_at("statvfs", path) != Fault::none) out->f_bavail = 0;
  return result;
}

int mkdir(const char* path, mode_t mode) noexcept {
  if (fault_at("mkdir", path) != Fault::none) return -1;
  return next<int (*)(const char*, mode_t)>("mkdir")(path, mode);
}

int open(const char* path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const auto mode = (flags & O_CREAT) != 0 ? va_arg(rest, mode_t) : 0;
  va_end(rest);
  if (is_unreadable(path) || ((flags & O_DIRECTORY) != 0 && is_unreadable(std::string(path) + "/")))
    return -1;
  if ((flags & O_CREAT) != 0 && fault_at("open", path) != Fault::none) return -1;
  return next<int (*)(const char*, int, ...)>("open")(path, flags, mode);
}

int stat(const char* path, struct stat* out) noexcept {
  if (is_unreadable(path)) return -1;
  return next<int (*)(const char*, struct stat*)>("stat")(path, out);
}

int lstat(const char* path, struct stat* out) noexcept {
  if (is_unreadable(path)) return -1;
  return next<int (*)(const char*, struct stat*)>("lstat")(path, out);
}

int openat(int folder, const char* path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const auto mode = (flags & O_CREAT) != 0 ? va_arg(rest, mode_t) : 0;
  va_end(rest);
  if (is_unreadable(std::string(path) + "/")) return -1;
  return next<int (*)(int, const char*, int, ...)>("openat")(folder, path, flags, mode);
}

int ftruncate(int descriptor, off_t size) noexcept {
  if (fault_at("truncate", path_of(descriptor)) != Fault::none) return -1;
  return next<int (*)(int, off_t)>("ftruncate")(descriptor, size);
}

ssize_t pwrite(int descriptor, const void* bytes, size_t count, off_t offset) {
  if (fault_at("pwrite", path_of(descriptor)) != Fault::none) return -1;
  return next<ssize_t (*)(int, const void*, size_t, off_t)>("pwrite")(descriptor, bytes, count, offset);
}

int flock(int descriptor, int operation) noexcept {
  if (fault_at("lock", path_of(descriptor)) != Fault::none) return -1;
  return next<int (*)(int, int)>("flock")(descriptor, operation);
}

int unlink(const char* path) noexcept {
  if (fault_at("unlink", path) != Fault::none) return -1;
  return next<int (*)(const char*)>("unlink")(path);
}

int remove(const char* path) noexcept {
  if (fault_at("unlink", path) != Fault::none) return -1;
  return next<int (*)(const char*)>("remove")(path);
}

int unlinkat(int folder, const char* path, int flags) noexcept {
  if (fault_at("unlink", path_of(folder) + "/" + path) != Fault::none) return -1;
  return next<int (*)(int, const char*, int)>("unlinkat")(folder, path, flags);
}

int rmdir(const char* path) noexcept {
  if (fault_at("rmdir", path) != Fault::none) return -1;
  return next<int (*)(const char*)>("rmdir")(path);
}

int pthread_create(pthread_t* thread, const pthread_attr_t* attributes, void* (*run)(void*),
                   void* context) noexcept {
  static std::atomic<bool> failed = false;  // a limit that was reached stays so
  if (failed || fault_at("thread", "thread") != Fault::none) {
    failed = true;
    return EAGAIN;
  }
  using Create = int (*)(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*);
  return next<Create>("pthread_create")(thread, attributes, run, context);
}

}  // extern "C"
