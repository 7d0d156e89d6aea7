#pragma once

#include <cstddef>

#include "core/types.h"

namespace hone {

// What a kind of device must offer besides kernels: memory. The only virtual interface of the library; it does
// not grow with ops. All sizes are in bytes.
class DeviceRuntime {
 public:
  virtual ~DeviceRuntime() = default;
  // 64-byte aligned, uninitialised. Throws Error when the memory is not there.
  virtual void* allocate(size_t bytes) = 0;
  virtual void release(void* pointer, size_t bytes) = 0;
  virtual void copy(void* to, const void* from, size_t bytes) = 0;
  virtual void zero(void* to, size_t bytes) = 0;
};

DeviceRuntime& cpu_runtime();             // cpu/runtime.cpp
DeviceRuntime& runtime_of(Device device);  // throws for a device that this build cannot drive

}  // namespace hone
