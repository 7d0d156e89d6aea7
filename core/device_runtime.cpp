#include "core/device_runtime.h"

#include <fmt/core.h>

#include <vector>

#include <hone/core/error.h>
#include "core/build_config.h"

namespace hone {
namespace {

// A download from a device whose work is done when the call that asked for it returns.
class FinishedDownload final : public Download {
 public:
  explicit FinishedDownload(std::vector<char> bytes) : bytes_(std::move(bytes)) {}
  const void* wait() override { return bytes_.data(); }

 private:
  std::vector<char> bytes_;
};

}  // namespace

std::unique_ptr<Download> DeviceRuntime::download(const void* from, size_t bytes) {
  std::vector<char> host(bytes);
  copy(host.data(), from, bytes);
  return std::make_unique<FinishedDownload>(std::move(host));
}

DeviceRuntime& runtime_of(Device device) {
  if (device.is_cpu()) return cpu_runtime();
  if constexpr (kHasCuda) return cuda_runtime(device.index);
  throw Error(fmt::format("device {}: this build of hone runs on the CPU only", to_string(device)));
}

}  // namespace hone
