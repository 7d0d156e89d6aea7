#pragma once

#include <cuda_runtime_api.h>

namespace hone {

// Throws Error, naming the kernel that is being launched if there is one, unless all is well. Errors of
// earlier kernels may come out here: the message then says how to find the right one.
void check_cuda(cudaError_t status);

// Makes a device the calling thread's current one: CUDA takes launches, streams and memory for that one
// alone.
void use_device(int index);

}  // namespace hone
