#pragma once

#include "core/launch.h"

namespace hone {

// A stream of a CUDA device: what is given to it happens in order. A device has two, one of them for side work.
struct CudaStream {
  Device device;
  void* handle = nullptr;  // the cudaStream_t; null under emulation
  bool side = false;
};

}  // namespace hone
