// The functions of the CUDA room in builds that lack it.
#include "core/device_runtime.h"

namespace hone {

int cuda_device_count() { return 0; }
std::string why_no_cuda(int) { return "this build of hone computes on the CPU only"; }

}  // namespace hone
