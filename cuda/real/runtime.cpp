// CUDA devices: one stream and one region of memory each, made when first used.
#include <fmt/core.h>

#include <memory>
#include <mutex>
#include <vector>

#include <hone/core/error.h>
#include "core/device_runtime.h"
#include "cuda/real/check.h"
#include "cuda/real/memory.h"
#include "cuda/real/probe.h"
#include "cuda/real/small_copy.h"
#include "cuda/real/transfers.h"
#include "cuda/stream.h"

namespace hone {
namespace {

class CudaGraph final : public Recording {
 public:
  CudaGraph(cudaGraph_t graph, cudaStream_t stream, int device) : stream_(stream), device_(device) {
    const cudaError_t status = cudaGraphInstantiate(&executable_, graph, 0);
    cudaGraphDestroy(graph);
    if (status != cudaSuccess)
      throw RecordingRefused(fmt::format("cuda: a graph: {}", cudaGetErrorString(status)));
  }
  ~CudaGraph() override { cudaGraphExecDestroy(executable_); }
  CudaGraph(const CudaGraph&) = delete;
  CudaGraph& operator=(const CudaGraph&) = delete;
  void replay() override {
    use_device(device_);
    check_cuda(cudaGraphLaunch(executable_, stream_));
  }

 private:
  cudaStream_t stream_;
  int device_;
  cudaGraphExec_t executable_ = nullptr;
};

class CudaDevice final : public DeviceRuntime {
 public:
  explicit CudaDevice(int index) : stream_{{DeviceType::cuda, index}, nullptr} {
    use_device(index);
    cudaStream_t stream = nullptr;
    check_cuda(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking));
    stream_.handle = stream;
    uploads_ = std::make_unique<Uploads>(stream);
    downloads_ = std::make_unique<Downloads>(stream_);
    memory_ = std::make_unique<DeviceMemory>(index, "memory", true);
    step_memory_ = std::make_unique<DeviceMemory>(index, "memory of recorded steps", false);
  }

  void* allocate(size_t bytes) override {
    use();
    return (recording_ ? step_memory_ : memory_)->allocate(bytes);
  }
  void release(void* pointer, size_t bytes) override {
    (step_memory_->holds(pointer) ? step_memory_ : memory_)->release(pointer, bytes);
  }
  // Memory of the host is read before, and written after, this returns: CUDA itself does not promise that.
  void copy(void* to, const void* from, size_t bytes) override {
    use();
    if (recording_ && !(holds(to) && holds(from))) throw Error("recording: a copy from or to the host");
    if (bytes == 0) return;
    if (bytes <= kMostInArguments && holds(to) && !holds(from))
      return copy_in_arguments(stream_, to, from, bytes);
    if (bytes <= kMostByKernel && holds(to) && holds(from)) return copy_by_kernel(stream_, to, from, bytes);
    check_cuda(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDefault, stream()));
    if (!holds(to) || !holds(from)) check_cuda(cudaStreamSynchronize(stream()));
  }
  void upload(void* to, const void* from, size_t bytes) override {
    if (recording_) throw Error("recording: a copy from or to the host");
    use();
    if (bytes > 0) uploads_->upload(to, from, bytes);
  }
  std::unique_ptr<Download> download(const void* from, size_t bytes) override {
    if (recording_) throw Error("recording: a copy from or to the host");
    use();
    return downloads_->download(from, bytes);
  }
  void zero(void* to, size_t bytes) override {
    use();
    if (bytes > 0) check_cuda(cudaMemsetAsync(to, 0, bytes, stream()));
  }
  void synchronise() override {
    if (recording_) throw Error("recording: a wait for the device");
    use();
    check_cuda(cudaStreamSynchronize(stream()));
  }
  size_t peak() const override { return memory_->peak() + step_memory_->peak(); }
  std::unique_ptr<Recording> record(const std::function<void()>& work) override {
    use();
    check_cuda(cudaStreamBeginCapture(stream(), cudaStreamCaptureModeRelaxed));
    recording_ = true;
    cudaGraph_t graph = nullptr;
    try {
      work();
    } catch (...) {
      recording_ = false;
      if (cudaStreamEndCapture(stream(), &graph) == cudaSuccess) cudaGraphDestroy(graph);
      cudaGetLastError();  // what went wrong is on its way already
      throw;
    }
    recording_ = false;
    check_cuda(cudaStreamEndCapture(stream(), &graph));
    auto recorded = std::make_unique<CudaGraph>(graph, stream(), stream_.device.index);
    if (step_memory_->used() != 0)
      throw Error("recording: memory of the recorded work is still in use after it");
    return recorded;
  }

  CudaStream& cuda() {
    use();
    return stream_;
  }

 private:
  void use() const { use_device(stream_.device.index); }
  cudaStream_t stream() const { return static_cast<cudaStream_t>(stream_.handle); }

  CudaStream stream_;
  bool holds(const void* pointer) const { return memory_->holds(pointer) || step_memory_->holds(pointer); }

  std::unique_ptr<DeviceMemory> memory_, step_memory_;
  std::unique_ptr<Uploads> uploads_;
  std::unique_ptr<Downloads> downloads_;
  bool recording_ = false;
};

CudaDevice& device_at(int index) {
  static std::mutex mutex;
  static auto& devices =
      *new std::vector<std::unique_ptr<CudaDevice>>(static_cast<size_t>(cuda_device_count()));  // NOLINT
  const std::lock_guard lock(mutex);
  if (index < 0 || index >= static_cast<int>(devices.size())) {
    throw Error(fmt::format("device cuda:{}: {}; use device cpu", index, why_no_cuda(index)), {"device"});
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

std::string why_no_cuda(int index) {
  int count = 0;
  if (const cudaError_t status = cudaGetDeviceCount(&count); status != cudaSuccess)
    return cudaGetErrorString(status);
  if (index >= count) return fmt::format("not there: this machine has {}", count);
  use_device(index);  // and leave it at that: who uses a device makes it current
  const std::string why = why_no_kernel();
  return why.empty() ? "" : fmt::format("{}: {}", cuda_device_name(index), why);
}

std::string cuda_device_name(int index) {
  cudaDeviceProp properties{};
  check_cuda(cudaGetDeviceProperties(&properties, index));
  return fmt::format("{}, compute capability {}.{}", properties.name, properties.major, properties.minor);
}

DeviceRuntime& cuda_runtime(int index) { return device_at(index); }
CudaStream& cuda_stream(Device device) { return device_at(device.index).cuda(); }

}  // namespace hone
