#pragma once

#include <cstddef>

#include "cuda/stream.h"

namespace hone {

// Small copies are kernels, since a GPU loses some microseconds when it changes between kernels and copies: a
// few bytes of the host's memory are a kernel's argument, and kernels read and write the device's memory and
// pinned memory alike.
inline constexpr size_t kMostInArguments = 256, kMostByKernel = size_t{64} << 10;  // bytes
void copy_in_arguments(CudaStream& stream, void* to, const void* from, size_t bytes);
void copy_by_kernel(CudaStream& stream, void* to, const void* from, size_t bytes);

}  // namespace hone
