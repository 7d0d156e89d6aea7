// CUDA devices: one stream and one region of memory each, made when first used.
#include <fmt/format.h>

#include <memory>
#include <mutex>

#include "core/device_runtime.h"
#include "core/error.h"
#include "cuda/real/check.h"
#include "cuda/real/memory.h"
#include "cuda/stream.h"

namespace hone {
namespace {

class CudaDevice final : public DeviceRuntime {
 public:
  explicit CudaDevice(int index) : stream_{{DeviceType::cuda, index}, nullptr} {
    check_cuda(cudaSetDevice(index));
    cudaStream_t stream = nullptr;
    check_cuda(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking));
    stream_.handle = stream;
    memory_ = std::make_unique<DeviceMemory>(index);
  }

  void* allocate(size_t bytes) override { return memory_->allocate(bytes); }
  void release(void* pointer, size_t bytes) override { memory_->release(pointer, bytes); }
  // Memory of the host that is not pinned is read before, and written after, this returns.
  void copy(void* to, const void* from, size_t bytes) override {
    if (bytes > 0) check_cuda(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDefault, stream()));
  }
  void zero(void* to, size_t bytes) override {
    if (bytes > 0) check_cuda(cudaMemsetAsync(to, 0, bytes, stream()));
  }
  void synchronise() override { check_cuda(cudaStreamSynchronize(stream())); }

  CudaStream& cuda() { return stream_; }

 private:
  cudaStream_t stream() const { return static_cast<cudaStream_t>(stream_.handle); }

  CudaStream stream_;
  std::unique_ptr<DeviceMemory> memory_;
};

CudaDevice& device_at(int index) {
  static std::mutex mutex;
  static auto& devices =
      *new std::vector<std::unique_ptr<CudaDevice>>(static_cast<size_t>(cuda_device_count()));  // NOLINT
  const std::lock_guard lock(mutex);
  if (index < 0 || index >= static_cast<int>(devices.size())) {
    throw Error(fmt::format("device cuda:{}: this machine has {} usable CUDA devices; use --device cpu",
                            index, devices.size()));
  }
  auto& device = devices[static_cast<size_t>(index)];
  if (!device) device = std::make_unique<CudaDevice>(index);
  return *device;
}

}  // namespace

int cuda_device_count() {
  int count = 0;
  return cudaGetDeviceCount(&count) == cudaSuccess ? count : 0;
}

std::string cuda_device_name(int index) {
  cudaDeviceProp properties{};
  check_cuda(cudaGetDeviceProperties(&properties, index));
  return fmt::format("{}, compute capability {}.{}", properties.name, properties.major, properties.minor);
}

DeviceRuntime& cuda_runtime(int index) { return device_at(index); }
CudaStream& cuda_stream(Device device) { return device_at(device.index).cuda(); }

}  // namespace hone
