#pragma once

#include <mutex>
#include <string>

#include "core/arena.h"

namespace hone {

// Memory of the host in one region of address space, handed out by an Arena. Pages become real when first
// touched and are used again from step to step. Under AddressSanitizer the memory is guarded as malloc's is.
class HostRegion {
 public:
  // Reserves at most `capacity` bytes; fewer where address space is rationed. `what` names the region in
  // messages: "cpu memory".
  HostRegion(std::string what, size_t capacity);
  HostRegion(const HostRegion&) = delete;
  HostRegion& operator=(const HostRegion&) = delete;

  // Memory of this size, 64-byte aligned and uninitialised. Throws MemoryError when there is not enough.
  void* allocate(size_t bytes);
  void release(void* pointer, size_t bytes);
  // True for an address in the region.
  bool holds(const void* pointer) const;
  size_t used() const { return arena_.used(); }
  size_t peak() const {
    const std::lock_guard lock(mutex_);
    return arena_.peak();
  }

  // The two halves of allocate() and release() that concern AddressSanitizer alone.
  static void unguard(void* pointer, size_t bytes);
  static void guard(void* pointer, size_t bytes);

 private:
  std::string what_;
  mutable std::mutex mutex_;
  Arena arena_;
  char* base_ = nullptr;
};

// The memory of this machine, in bytes.
size_t physical_memory();

}  // namespace hone
