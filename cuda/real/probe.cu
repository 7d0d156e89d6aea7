// A kernel that does nothing and moves nothing: to ask whether the device takes what was compiled.
#include "cuda/real/probe.h"

#include <cuda_runtime.h>

namespace hone {
namespace {

__global__ void probe_kernel() {}

}  // namespace

std::string why_no_kernel() {
  cudaFuncAttributes attributes{};
  const cudaError_t status = cudaFuncGetAttributes(&attributes, probe_kernel);
  if (status == cudaSuccess) return "";
  cudaGetLastError();  // it is told of here
  return cudaGetErrorString(status);
}

}  // namespace hone
