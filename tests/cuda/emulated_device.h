#pragma once

#include <cstdlib>

#include "core/types.h"

namespace hone::test {

// The first CUDA device; in builds that emulate it, allowed by the environment from here on.
inline Device cuda_device() {
  static const bool allowed = setenv("HONE_EMULATED_CUDA", "1", 1) == 0;
  return {DeviceType::cuda, allowed ? 0 : -1};
}

}  // namespace hone::test
