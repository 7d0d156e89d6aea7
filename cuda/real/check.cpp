#include "cuda/real/check.h"

#include <fmt/core.h>

#include <hone/core/error.h>
#include "core/device_runtime.h"
#include "core/launch.h"

namespace hone {

namespace {

// Errors of kernels that run: they come out at whatever the host asks next.
bool may_be_older(cudaError_t status) {
  switch (status) {
    case cudaErrorIllegalAddress:
    case cudaErrorMisalignedAddress:
    case cudaErrorInvalidAddressSpace:
    case cudaErrorInvalidPc:
    case cudaErrorIllegalInstruction:
    case cudaErrorHardwareStackError:
    case cudaErrorLaunchFailure:
    case cudaErrorLaunchTimeout:
    case cudaErrorECCUncorrectable:
      return true;
    default:
      return false;
  }
}

}  // namespace

void check_cuda(cudaError_t status) {
  if (status == cudaSuccess) return;
  if (status >= cudaErrorStreamCaptureUnsupported && status <= cudaErrorStreamCaptureWrongThread)
    throw RecordingRefused(fmt::format("cuda: {}", cudaGetErrorString(status)));
  const std::string kernel = current_op();
  const char* hint =
      may_be_older(status)
          ? ", here or in an earlier kernel; HONE_CUDA_GRAPHS=0 CUDA_LAUNCH_BLOCKING=1 names it"
          : "";
  throw Error(fmt::format("{}: CUDA error {}: {}{}", kernel.empty() ? "cuda" : kernel,
                          cudaGetErrorName(status), cudaGetErrorString(status), hint));
}

void use_device(int index) {
  int current = -1;
  check_cuda(cudaGetDevice(&current));
  if (index != current) check_cuda(cudaSetDevice(index));
}

}  // namespace hone
