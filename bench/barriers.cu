// A kernel of barriers alone, to measure their cost under emulation. It must write 4 bytes a thread.
#include "bench/barriers.h"

#include "cuda/device.h"
#include "cuda/stream.h"

namespace hone {
namespace {

__global__ void barriers_kernel(int barriers, float* out) {
  float rounds = 0;
  for (int i = 0; i < barriers; ++i) {
    sync_block();
    rounds += 1;
  }
  out[global_thread()] = rounds;
}

}  // namespace

void wait_at_barriers(CudaStream& stream, int64_t blocks, int threads, int barriers, float* out) {
  launch_kernel(barriers_kernel, blocks, threads, 0, stream, barriers, out);
}

}  // namespace hone
