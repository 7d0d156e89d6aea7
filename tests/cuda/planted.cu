#include "tests/cuda/planted.h"

#include "cuda/device.h"

namespace hone::test {
namespace {

constexpr int kThreads = 64;

template <Plant plant>
__global__ void sum_kernel(int64_t n, const float* x, float* y) {
  float* values = shared_memory<float>();
  const int64_t i = global_thread();
  const unsigned t = threadIdx.x;
  values[t + (plant == Plant::shared_out_of_bounds ? 1 : 0)] = x[i + (plant == Plant::out_of_bounds ? n : 0)];
  if (plant == Plant::divided_barrier && t >= 40) return;
  if (plant != Plant::missing_barrier) sync_block();
  // The other half's sum comes through shared memory, the own half's through shuffles.
  float sum = values[t];
  unsigned mask = kAllLanes;
  if (plant == Plant::lane_not_in_mask && t == 7) mask = 0xFFFFFF7F;
  if (plant == Plant::lane_missing && t == 7) {
    y[i] = 0;
    return;
  }
  for (unsigned lanes = kWarp / 2; lanes > 0; lanes /= 2) sum += shuffle_xor(mask, sum, lanes);
  for (unsigned other = 0; other < kWarp; ++other)
    sum += values[(t / kWarp * kWarp + kWarp) % kThreads + other];
  y[i] = sum;
}

template <Plant plant>
void start(CudaStream& stream, const View& x, const View& y) {
  const int64_t n = x.elements();
  launch_kernel(sum_kernel<plant>, n / kThreads, kThreads, kThreads * sizeof(float), stream, n, x.as<float>(),
                y.as<float>());
}

}  // namespace

void sum_by_blocks(CudaStream& stream, const View& x, const View& y, Plant plant) {
  switch (plant) {
    case Plant::none:
      return start<Plant::none>(stream, x, y);
    case Plant::out_of_bounds:
      return start<Plant::out_of_bounds>(stream, x, y);
    case Plant::shared_out_of_bounds:
      return start<Plant::shared_out_of_bounds>(stream, x, y);
    case Plant::missing_barrier:
      return start<Plant::missing_barrier>(stream, x, y);
    case Plant::divided_barrier:
      return start<Plant::divided_barrier>(stream, x, y);
    case Plant::lane_not_in_mask:
      return start<Plant::lane_not_in_mask>(stream, x, y);
    case Plant::lane_missing:
      return start<Plant::lane_missing>(stream, x, y);
  }
}

}  // namespace hone::test
