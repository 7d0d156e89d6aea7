#pragma once

#include "core/launch.h"

namespace hone {

// The stream of a CUDA device, which runs kernels and copies in order. Each device has one for all kernels.
struct CudaStream {
  Device device;
  void* handle = nullptr;  // the cudaStream_t; null under emulation
};

}  // namespace hone
