// The emulated device: memory of the host that only kernels may touch, filled with NaN when handed out.
#include <sanitizer/asan_interface.h>

#include <cstdlib>
#include <cstring>
#include <string_view>

#include "core/device_runtime.h"
#include "core/error.h"
#include "core/host_region.h"
#include "cuda/stream.h"

namespace hone {
namespace {

class EmulatedRuntime final : public DeviceRuntime {
 public:
  void* allocate(size_t bytes) override {
    void* memory = region_.allocate(bytes);
    std::memset(memory, 0xFF, bytes);
    return memory;
  }
  void release(void* pointer, size_t bytes) override { region_.release(pointer, bytes); }
  void copy(void* to, const void* from, size_t bytes) override {
    if (bytes > 0) std::memcpy(to, from, bytes);
  }
  void zero(void* to, size_t bytes) override { std::memset(to, 0, bytes); }
  void synchronise() override {}

 private:
  HostRegion region_{"emulated cuda memory", size_t{8} << 30};
};

}  // namespace

int cuda_device_count() {
  const char* wanted = std::getenv("HONE_EMULATED_CUDA");
  return wanted != nullptr && std::string_view(wanted) == "1" ? 1 : 0;
}

std::string cuda_device_name(int) { return "emulated on the CPU, for tests"; }

DeviceRuntime& cuda_runtime(int index) {
  if (index >= cuda_device_count()) {
    throw Error("device cuda:" + std::to_string(index) +
                ": this build has but an emulated device, cuda:0, for tests that set HONE_EMULATED_CUDA=1; "
                "use the CPU");
  }
  static DeviceRuntime& runtime = *new EmulatedRuntime;  // NOLINT: as in cpu/runtime.cpp
  return runtime;
}

CudaStream& cuda_stream(Device device) {
  cuda_runtime(device.index);  // refuses what is not there
  static CudaStream stream{{DeviceType::cuda, 0}};
  return stream;
}

}  // namespace hone
