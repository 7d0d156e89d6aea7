// For builds without cuDNN's headers, and under emulation.
#include <hone/core/error.h>
#include "cuda/cudnn.h"

namespace hone::kernels {

std::string why_no_cudnn() { return "this build of hone was made without cuDNN"; }
bool run_cudnn(CudaStream&, const Attention&) { throw Error("attention: " + why_no_cudnn()); }
bool run_cudnn(CudaStream&, const AttentionBackward&) {
  throw Error("attention_backward: " + why_no_cudnn());
}
int cudnn_engines(const Attention&, const std::string&) { return 0; }
int cudnn_engines(const AttentionBackward&, const std::string&) { return 0; }

}  // namespace hone::kernels
