#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include <hone/core/error.h>
#include <hone/core/types.h>

namespace hone {

// The device will not record this work, which it may still do.
class RecordingRefused : public Error {
 public:
  explicit RecordingRefused(const std::string& message) : Error(message, 1) {}
};

// Work of a device that can be done again and again, on the same memory: on CUDA a graph.
class Recording {
 public:
  virtual ~Recording() = default;
  virtual void replay() = 0;
};

// Bytes of a device's memory on their way to the host.
class Download {
 public:
  virtual ~Download() = default;
  // Waits for them. They lie there until the download is destroyed.
  virtual const void* wait() = 0;
};

// What a kind of device must offer besides kernels: memory, and recordings. With Recording and Download the
// only virtual interfaces of the library; it does not grow with ops. All sizes are in bytes. On CUDA
// everything happens in the order of the device's stream.
class DeviceRuntime {
 public:
  virtual ~DeviceRuntime() = default;
  // 64-byte aligned, uninitialised. Throws Error when the memory is not there.
  virtual void* allocate(size_t bytes) = 0;
  virtual void release(void* pointer, size_t bytes) = 0;
  // From or to this device, or within it; the other side may be the host. What reaches the host is there on
  // return.
  virtual void copy(void* to, const void* from, size_t bytes) = 0;
  // The same from the host, beside the work that the device was asked for since the last upload; later work
  // waits for it. So `to` must not be in use by what was asked for since then.
  virtual void upload(void* to, const void* from, size_t bytes) { copy(to, from, bytes); }
  // Asks for bytes as they are when all that was asked of the device before is done; the host goes on
  // meanwhile.
  virtual std::unique_ptr<Download> download(const void* from, size_t bytes);
  virtual void zero(void* to, size_t bytes) = 0;
  // Waits until all that was asked of the device is done.
  virtual void synchronise() = 0;
  // The most memory that was handed out so far: what tensors take on the device, at the worst moment.
  virtual size_t peak() const = 0;
  // Calls work() and keeps what it asks of the device instead of doing it. Null, and nothing called, on a
  // device that can't. All that work() allocates it must free: the memory is shared by all recordings of the
  // device. A copy from or to the host, or a wait, throws Error: a replay could not repeat it. Throws
  // RecordingRefused, or MemoryError, where the same work can still be done directly.
  virtual std::unique_ptr<Recording> record(const std::function<void()>& /*work*/) { return nullptr; }
};

DeviceRuntime& cpu_runtime();              // cpu/runtime.cpp
DeviceRuntime& cuda_runtime(int index);    // cuda/; throws when there is no such device
DeviceRuntime& runtime_of(Device device);  // throws for a device that this build cannot drive

// The CUDA devices that this process can use: 0 in builds without CUDA. Emulated ones (for tests) count only
// under HONE_EMULATED_CUDA=1.
int cuda_device_count();
// Why one of them is of no use, for people; "" where it is.
std::string why_no_cuda(int index);
// For people: "NVIDIA H200, compute capability 9.0". The device must be there.
std::string cuda_device_name(int index);

}  // namespace hone
