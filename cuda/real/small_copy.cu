#include <cstring>

#include "cuda/device.h"
#include "cuda/real/transfers.h"

namespace hone {
namespace {

struct Bytes {
  unsigned char at[kMostInArguments];
};

__global__ void small_copy_kernel(__grid_constant__ const Bytes bytes, unsigned char* to) {
  to[threadIdx.x] = bytes.at[threadIdx.x];
}

}  // namespace

void copy_in_arguments(CudaStream& stream, void* to, const void* from, size_t bytes) {
  Bytes argument{};
  std::memcpy(argument.at, from, bytes);
  launch_kernel(small_copy_kernel, 1, static_cast<int64_t>(bytes), 0, stream, argument, static_cast<unsigned char*>(to));
}

}  // namespace hone
