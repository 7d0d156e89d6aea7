// The emulated device: memory of the host that only kernels may touch, filled with NaN when handed out.
#include "cuda/emulation/runtime.h"

#include <cstdlib>
#include <cstring>
#include <string_view>
#include <utility>
#include <vector>

#include <hone/core/error.h>
#include "core/device_runtime.h"
#include "core/host_region.h"
#include "cuda/emulation/emulator.h"
#include "cuda/stream.h"

namespace hone {
namespace {

// A recording: the kernels, copies and guards of memory that the device was asked for, in order.
struct Actions final : Recording {
  void replay() override {
    for (const auto& action : list) action();
  }
  std::vector<std::function<void()>> list;
};

class EmulatedRuntime final : public DeviceRuntime {
 public:
  void* allocate(size_t bytes) override {
    void* memory = (recording_ ? step_region_ : region_).allocate(bytes);
    perform([=] {
      HostRegion::unguard(memory, bytes);
      std::memset(memory, 0xFF, bytes);
    });
    return memory;
  }
  void release(void* pointer, size_t bytes) override {
    if (!step_region_.holds(pointer)) return region_.release(pointer, bytes);
    step_region_.release(pointer, bytes);
    if (recording_) perform([=] { HostRegion::guard(pointer, bytes); });
  }
  void copy(void* to, const void* from, size_t bytes) override {
    if (recording_ && !(holds(to) && holds(from))) throw Error("recording: a copy from or to the host");
    perform([=] {
      if (bytes > 0) std::memcpy(to, from, bytes);
    });
  }
  void zero(void* to, size_t bytes) override {
    perform([=] { std::memset(to, 0, bytes); });
  }
  void synchronise() override {
    if (recording_) throw Error("recording: a wait for the device");
  }
  size_t peak() const override { return region_.peak() + step_region_.peak(); }
  std::unique_ptr<Recording> record(const std::function<void()>& work) override {
    auto actions = std::make_unique<Actions>();
    recording_ = actions.get();
    try {
      work();
    } catch (...) {
      recording_ = nullptr;
      throw;
    }
    recording_ = nullptr;
    if (step_region_.used() != 0)
      throw Error("recording: memory of the recorded work is still in use after it");
    return actions;
  }

  void perform(std::function<void()> action) {
    if (!recording_) return action();
    recording_->list.push_back(std::move(action));
  }

 private:
  bool holds(const void* pointer) const { return region_.holds(pointer) || step_region_.holds(pointer); }

  HostRegion region_{"emulated cuda memory", size_t{8} << 30};
  HostRegion step_region_{"emulated cuda memory of recordings", size_t{8} << 30};
  Actions* recording_ = nullptr;
};

EmulatedRuntime& emulated_runtime() {
  static auto& runtime = *new EmulatedRuntime;  // NOLINT: as in cpu/runtime.cpp
  return runtime;
}

}  // namespace

void emulation::perform(std::function<void()> action) { emulated_runtime().perform(std::move(action)); }

int cuda_device_count() {
  const char* wanted = std::getenv("HONE_EMULATED_CUDA");
  return wanted != nullptr && std::string_view(wanted) == "1" ? 1 : 0;
}

std::string why_no_cuda(int) { return "this build has but an emulated device"; }

std::string cuda_device_name(int) { return "emulated on the CPU, for tests"; }

DeviceRuntime& cuda_runtime(int index) {
  if (index >= cuda_device_count()) {
    throw Error("device cuda:" + std::to_string(index) +
                ": this build has but an emulated device, cuda:0, for tests that set HONE_EMULATED_CUDA=1; "
                "use the CPU");
  }
  return emulated_runtime();
}

CudaStream& cuda_stream(Device device) {
  cuda_runtime(device.index);  // refuses what is not there
  static CudaStream stream{{DeviceType::cuda, 0}};
  return stream;
}

}  // namespace hone
