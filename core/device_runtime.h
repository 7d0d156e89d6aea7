#pragma once

#include <cstddef>
#include <string>

#include "core/types.h"

namespace hone {

// What a kind of device must offer besides kernels: memory. The only virtual interface of the library; it does
// not grow with ops. All sizes are in bytes. On CUDA everything happens in the order of the device's stream.
class DeviceRuntime {
 public:
  virtual ~DeviceRuntime() = default;
  // 64-byte aligned, uninitialised. Throws Error when the memory is not there.
  virtual void* allocate(size_t bytes) = 0;
  virtual void release(void* pointer, size_t bytes) = 0;
  // From or to this device, or within it; the other side may be the host. What reaches the host is there on return.
  virtual void copy(void* to, const void* from, size_t bytes) = 0;
  virtual void zero(void* to, size_t bytes) = 0;
  // Waits until all that was asked of the device is done.
  virtual void synchronise() = 0;
};

DeviceRuntime& cpu_runtime();             // cpu/runtime.cpp
DeviceRuntime& cuda_runtime(int index);    // cuda/; throws when there is no such device
DeviceRuntime& runtime_of(Device device);  // throws for a device that this build cannot drive

// The CUDA devices that this process can use: 0 in builds without CUDA. Emulated ones (for tests) count only under
// HONE_EMULATED_CUDA=1.
int cuda_device_count();
// For people: "NVIDIA H200, compute capability 9.0". The device must be there.
std::string cuda_device_name(int index);

}  // namespace hone
