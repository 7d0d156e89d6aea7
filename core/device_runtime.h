#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include <hone/core/error.h>
#include <hone/core/types.h>

namespace hone {

// Thrown when a device refuses to record some work. The same work can still be done directly.
class RecordingRefused : public Error {
 public:
  explicit RecordingRefused(const std::string& message) : Error(message) {}
};

// Work that a device can repeat with one call, on the same memory: on CUDA a graph.
class Recording {
 public:
  virtual ~Recording() = default;
  virtual void replay() = 0;
};

// A copy of a device's memory that is on its way to the host.
class Download {
 public:
  virtual ~Download() = default;
  // Waits for the bytes and returns them; they are valid until the download is destroyed.
  virtual const void* wait() = 0;
};

// The services of a kind of device besides its kernels: memory, copies and recordings. This interface does
// not grow with ops; Recording, Download and it are the only virtual interfaces of devices. All sizes are in
// bytes. On CUDA everything happens in the order of the device's stream.
class DeviceRuntime {
 public:
  virtual ~DeviceRuntime() = default;
  // Memory of this size, 64-byte aligned and uninitialised. Throws MemoryError when there is not enough.
  virtual void* allocate(size_t bytes) = 0;
  virtual void release(void* pointer, size_t bytes) = 0;
  // Copies from or to this device, or within it; the other side may be the host. Bytes for the host have
  // arrived when the call returns.
  virtual void copy(void* to, const void* from, size_t bytes) = 0;
  // Copies from the host beside the work that was queued since the last upload; work that is queued later
  // waits for the copy. So nothing that was queued since the last upload may use `to`.
  virtual void upload(void* to, const void* from, size_t bytes) { copy(to, from, bytes); }
  // Queues a copy to the host of the bytes as all work queued before leaves them; the host goes on meanwhile.
  virtual std::unique_ptr<Download> download(const void* from, size_t bytes);
  virtual void zero(void* to, size_t bytes) = 0;
  // Waits until all queued work is done.
  virtual void synchronise() = 0;
  // The most memory that was ever allocated at one time, in bytes.
  virtual size_t peak() const = 0;
  // Calls work() and keeps the commands that it gives to the device instead of running them. A device that
  // cannot record returns null and does not call work(). work() must free all that it allocates: the memory
  // is shared by all recordings of the device. A copy from or to the host, or a wait, throws Error, since a
  // replay could not repeat it. Throws RecordingRefused or MemoryError where the same work can still be done
  // directly.
  virtual std::unique_ptr<Recording> record(const std::function<void()>& /*work*/) { return nullptr; }
};

DeviceRuntime& cpu_runtime();              // cpu/runtime.cpp
DeviceRuntime& cuda_runtime(int index);    // cuda/; throws when there is no such device
DeviceRuntime& runtime_of(Device device);  // throws Error for a device that this build lacks

// The CUDA devices that this process can use: 0 in builds without CUDA. Emulated ones (for tests) count only
// under HONE_EMULATED_CUDA=1.
int cuda_device_count();
// The reason why CUDA device `index` cannot be used, as a text for people; "" for a usable one.
std::string why_no_cuda(int index);
// A device's name for people: "NVIDIA H200, compute capability 9.0". The device must exist.
std::string cuda_device_name(int index);

}  // namespace hone
