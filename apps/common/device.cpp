#include "apps/common/device.h"

#include <fmt/format.h>

#include "core/error.h"
#include "cpu/isa.h"
#include "cpu/thread_pool.h"
#include "data/json_events.h"

namespace hone {

void choose_device(const std::string& device, std::optional<int64_t> threads) {
  if (device.starts_with("cuda")) {
    throw Error(
        fmt::format("--device {}: this build of hone computes on the CPU only; use --device cpu", device));
  }
  if (device != "auto" && device != "cpu")
    throw UsageError("--device: " + shown(device) + " is neither auto nor cpu");
  current_isa();  // refuses a bad HONE_CPU_ISA now
  set_threads(threads ? static_cast<int>(*threads) : default_threads());
}

std::string device_name() { return fmt::format("cpu ({})", name_of(current_isa())); }

std::string device_text(const std::string& dtype) {
  const int count = threads();
  return fmt::format("{}, {} thread{}, {}", device_name(), count, count == 1 ? "" : "s", dtype);
}

}  // namespace hone
