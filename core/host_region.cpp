#include "core/host_region.h"

#include <fmt/core.h>
#include <sanitizer/asan_interface.h>
#include <sys/mman.h>
#include <unistd.h>

#include <hone/core/error.h>

namespace hone {

size_t physical_memory() {
  return static_cast<size_t>(sysconf(_SC_PHYS_PAGES)) * static_cast<size_t>(sysconf(_SC_PAGE_SIZE));
}

HostRegion::HostRegion(std::string what, size_t capacity) : what_(std::move(what)), arena_(0) {
  for (size_t size = capacity; size >= size_t{64} << 20; size /= 2) {
    void* region =
        mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (region == MAP_FAILED) continue;
    base_ = static_cast<char*>(region);
    arena_ = Arena(size);
    madvise(base_, size, MADV_HUGEPAGE);
    return;
  }
  throw Error(what_ + ": no address space of even 64 MiB");
}

void* HostRegion::allocate(size_t bytes) {
  const std::lock_guard lock(mutex_);
  const size_t offset = bytes < arena_.capacity() ? arena_.take(bytes) : Arena::kNone;
  if (offset == Arena::kNone) {
    throw MemoryError(
        fmt::format("{}: {} MiB wanted, {} of {} MiB in use; a smaller batch_size or max_length needs less",
                    what_, bytes >> 20, arena_.used() >> 20, arena_.capacity() >> 20),
        {"batch_size", "max_length"});
  }
  unguard(base_ + offset, bytes);
  return base_ + offset;
}

void HostRegion::release(void* pointer, size_t bytes) {
  const std::lock_guard lock(mutex_);
  guard(pointer, bytes);
  arena_.give_back(static_cast<size_t>(static_cast<char*>(pointer) - base_), bytes);
}

void HostRegion::unguard(void* pointer, size_t bytes) {
  ASAN_UNPOISON_MEMORY_REGION(pointer, bytes);
  // Guards the spare unit behind the allocation. The whole region is not guarded at the start, since
  // poisoning tens of GiB takes seconds in every process.
  ASAN_POISON_MEMORY_REGION(static_cast<char*>(pointer) + bytes, Arena::rounded(bytes) - bytes);
}

void HostRegion::guard([[maybe_unused]] void* pointer, [[maybe_unused]] size_t bytes) {
  ASAN_POISON_MEMORY_REGION(pointer, bytes);
}

bool HostRegion::holds(const void* pointer) const {
  return pointer >= base_ && pointer < base_ + arena_.capacity();
}

}  // namespace hone
