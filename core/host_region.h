#pragma once

#include <mutex>
#include <string>

#include "core/arena.h"

namespace hone {

// Memory of the host in one region of address space, handed out by an Arena. Pages become real when first
// touched and are used again from step to step. Guarded like malloc's under AddressSanitizer.
class HostRegion {
 public:
  // At most `capacity` bytes; less where address space is rationed. `what` names it in messages: "cpu
  // memory".
  HostRegion(std::string what, size_t capacity);
  HostRegion(const HostRegion&) = delete;
  HostRegion& operator=(const HostRegion&) = delete;

  // 64-byte aligned, uninitialised. Throws Error when the memory is not there.
  void* allocate(size_t bytes);
  void release(void* pointer, size_t bytes);
  // Whether an address lies in the region.
  bool holds(const void* pointer) const;
  size_t used() const { return arena_.used(); }
  size_t peak() const {
    const std::lock_guard lock(mutex_);
    return arena_.peak();
  }

  // What allocate() and release() do about AddressSanitizer's guard alone.
  static void unguard(void* pointer, size_t bytes);
  static void guard(void* pointer, size_t bytes);

 private:
  std::string what_;
  mutable std::mutex mutex_;
  Arena arena_;
  char* base_ = nullptr;
};

// What this machine has, in bytes.
size_t physical_memory();

}  // namespace hone
