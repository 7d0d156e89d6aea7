#include <cstring>

#include "core/device_runtime.h"
#include "core/host_region.h"

namespace hone {
namespace {

class CpuRuntime final : public DeviceRuntime {
 public:
  void* allocate(size_t bytes) override { return region_.allocate(bytes); }
  void release(void* pointer, size_t bytes) override { region_.release(pointer, bytes); }
  void copy(void* to, const void* from, size_t bytes) override {
    if (bytes > 0) std::memcpy(to, from, bytes);
  }
  void zero(void* to, size_t bytes) override { std::memset(to, 0, bytes); }
  void synchronise() override {}
  size_t peak() const override { return region_.peak(); }

 private:
  HostRegion region_{"cpu memory", physical_memory()};
};

}  // namespace

DeviceRuntime& cpu_runtime() {
  // Never destroyed: tensors in static storage may be released after it would be.
  static DeviceRuntime& runtime = *new CpuRuntime;  // NOLINT
  return runtime;
}

}  // namespace hone
