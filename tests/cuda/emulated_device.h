#pragma once

#include <cstdlib>

#include <vector>

#include "core/build_config.h"
#include "core/device_runtime.h"

namespace hone::test {

// The first CUDA device; in builds that emulate it, allowed by the environment from here on.
inline Device cuda_device() {
  static const bool allowed = setenv("HONE_EMULATED_CUDA", "1", 1) == 0;
  return {DeviceType::cuda, allowed ? 0 : -1};
}

// True when there is a CUDA device.
inline bool cuda_there() {
  [[maybe_unused]] const Device device = cuda_device();
  if constexpr (kHasCuda) return cuda_device_count() > 0;
  return false;
}

// The devices that this build supports: the CPU, and in builds with CUDA its first device.
inline std::vector<Device> devices() {
  return kHasCuda ? std::vector<Device>{{}, cuda_device()} : std::vector<Device>{{}};
}

// The devices() that this machine has.
inline std::vector<Device> devices_there() { return cuda_there() ? devices() : std::vector<Device>{{}}; }

}  // namespace hone::test
