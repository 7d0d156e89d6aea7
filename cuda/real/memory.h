#pragma once

#include <cuda.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <mutex>

#include "core/arena.h"

namespace hone {

// The memory of one device: address space for all of it, of which an Arena hands out parts. Real memory is
// put behind it piece by piece as the arena grows, and stays. With HONE_CUDA_ARENA=0 every part is an
// allocation of CUDA's own, slow, but compute-sanitizer then sees where each begins and ends.
class DeviceMemory {
 public:
  // `apart`: HONE_CUDA_ARENA is obeyed.
  DeviceMemory(int device, const char* what, bool apart);
  DeviceMemory(const DeviceMemory&) = delete;
  DeviceMemory& operator=(const DeviceMemory&) = delete;

  // 64-byte aligned, uninitialised. Throws Error, telling what was asked for and what would help, when there
  // is no more.
  void* allocate(size_t bytes);
  // Frees memory, which may be handed out again at once: all work of a device is in one stream, but for
  // uploads, whose targets are made when nothing is under way (train/batch_feed.cpp).
  void release(void* pointer, size_t bytes);
  // True for an address that lies in it.
  bool holds(const void* pointer) const;
  size_t used() const { return arena_.used() + apart_bytes_; }
  size_t peak() const {
    const std::lock_guard lock(mutex_);
    return std::max(arena_.peak(), apart_peak_);
  }

 private:
  void grow_to(size_t bytes);
  [[noreturn]] void refuse(size_t bytes) const;

  int device_;
  const char* what_;  // for messages
  mutable std::mutex mutex_;
  Arena arena_;
  CUmemAllocationProp kind_{};
  CUdeviceptr base_ = 0;
  bool apart_ = false;
  std::map<uintptr_t, size_t> parts_;  // apart: address and bytes
  size_t apart_bytes_ = 0, apart_peak_ = 0;
  size_t piece_ = 0;   // bytes put behind it at a time
  size_t mapped_ = 0;  // bytes behind it so far
};

}  // namespace hone
