#pragma once

#include "core/launch.h"

namespace hone {

// The stream of a CUDA device: what is given to it happens in order. One a device for all kernels.
struct CudaStream {
  Device device;
  void* handle = nullptr;  // the cudaStream_t; null under emulation
};

}  // namespace hone
