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
  if (plant < Plant::copy_not_waited_for)
    values[t + (plant == Plant::shared_out_of_bounds ? 1 : 0)] =
        x[i + (plant == Plant::out_of_bounds ? n : 0)];
  if (plant == Plant::copy_not_waited_for || plant == Plant::copy_forgotten) {
    if (t % 4 == 0) copy_wide_async(values + t, x + i);
    if (plant == Plant::copy_not_waited_for) {
      y[i] = values[t];
      sync_block();
      wait_for_copies();
    }
    return;
  }
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

__global__ void tiles_kernel(const bf16* a, const bf16* b, float* c, int shift) {
  bf16* const left = shared_memory<bf16>();  // [16][16], and behind it [16][8]
  bf16* const right = left + 256;
  for (unsigned i = lane_id(); i < 256; i += kWarp) left[i] = a[i];
  for (unsigned i = lane_id(); i < 128; i += kWarp) right[i] = b[i];
  sync_warp(kAllLanes);
  const int tile = static_cast<int>(lane_id()) / 8, row = static_cast<int>(lane_id()) % 8;
  uint32_t as[4], bs[4];
  load_tiles<false>(as, left + (tile % 2 * 8 + row) * 16 + tile / 2 * 8 + shift / 2);
  load_tiles<true>(bs, right + (tile % 2 * 8 + row) * 8);
  float sums[4];
  const int first = static_cast<int>(lane_id()) / 4 * 8 + static_cast<int>(lane_id()) % 4 * 2;
  for (int i = 0; i < 4; ++i) sums[i] = c[first + i / 2 * 64 + i % 2];
  multiply_tiles(sums, as, {bs[0], bs[1]});
  for (int i = 0; i < 4; ++i) c[first + i / 2 * 64 + i % 2] = sums[i];
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
    case Plant::copy_not_waited_for:
      return start<Plant::copy_not_waited_for>(stream, x, y);
    case Plant::copy_forgotten:
      return start<Plant::copy_forgotten>(stream, x, y);
  }
}

void multiply_by_tiles(CudaStream& stream, const View& a, const View& b, const View& c, int shift) {
  launch_kernel(tiles_kernel, 1, kWarp, 384 * sizeof(bf16), stream, a.as<bf16>(), b.as<bf16>(), c.as<float>(),
                shift);
}

}  // namespace hone::test
