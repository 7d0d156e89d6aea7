// The CPU's memory: one region of address space, of the size of the machine's memory, handed out by an Arena. Pages become
// real when first touched and are used again from step to step.
#include <fmt/format.h>
#include <sanitizer/asan_interface.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstring>
#include <mutex>

#include "core/device_runtime.h"
#include "core/error.h"
#include "cpu/arena.h"

namespace hone {
namespace {

size_t physical_memory() {
  return static_cast<size_t>(sysconf(_SC_PHYS_PAGES)) * static_cast<size_t>(sysconf(_SC_PAGE_SIZE));
}

class CpuRuntime final : public DeviceRuntime {
 public:
  CpuRuntime() : arena_(0) {
    // Where address space is rationed, less will do.
    for (size_t size = physical_memory(); size >= size_t{64} << 20; size /= 2) {
      void* region = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
      if (region == MAP_FAILED) continue;
      base_ = static_cast<char*>(region);
      arena_ = Arena(size);
      madvise(base_, size, MADV_HUGEPAGE);
      return;
    }
    throw Error("cpu memory: no address space of even 64 MiB");
  }

  void* allocate(size_t bytes) override {
    const std::lock_guard lock(mutex_);
    const size_t offset = bytes < arena_.capacity() ? arena_.take(bytes) : Arena::kNone;
    if (offset == Arena::kNone) {
      throw Error(fmt::format("cpu memory: {} MiB wanted, {} of {} MiB in use; a smaller --batch-size or --max-length "
                              "needs less",
                              bytes >> 20, arena_.used() >> 20, arena_.capacity() >> 20));
    }
    ASAN_UNPOISON_MEMORY_REGION(base_ + offset, bytes);
    // The spare unit behind it. Not all memory from the start: poisoning tens of GiB takes seconds in every process.
    ASAN_POISON_MEMORY_REGION(base_ + offset + bytes, Arena::rounded(bytes) - bytes);
    return base_ + offset;
  }

  void release(void* pointer, size_t bytes) override {
    const std::lock_guard lock(mutex_);
    ASAN_POISON_MEMORY_REGION(pointer, bytes);
    arena_.give_back(static_cast<size_t>(static_cast<char*>(pointer) - base_), bytes);
  }

  void copy(void* to, const void* from, size_t bytes) override {
    if (bytes > 0) std::memcpy(to, from, bytes);
  }
  void zero(void* to, size_t bytes) override { std::memset(to, 0, bytes); }

 private:
  std::mutex mutex_;
  Arena arena_;
  char* base_ = nullptr;
};

}  // namespace

DeviceRuntime& cpu_runtime() {
  // Never destroyed: tensors in static storage may be released after it would be.
  static DeviceRuntime& runtime = *new CpuRuntime;  // NOLINT
  return runtime;
}

}  // namespace hone
