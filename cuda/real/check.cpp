#include "cuda/real/check.h"

#include <fmt/format.h>

#include "core/error.h"
#include "core/launch.h"

namespace hone {

void check_cuda(cudaError_t status) {
  if (status == cudaSuccess) return;
  const std::string kernel = current_kernel();
  throw Error(fmt::format("{}: CUDA error {}: {}", kernel.empty() ? "cuda" : kernel, cudaGetErrorName(status),
                          cudaGetErrorString(status)));
}

}  // namespace hone
