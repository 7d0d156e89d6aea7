#pragma once

#include <hone/core/tensor.h>
#include "cuda/rows.h"

// Sums over the rows of a matrix: gradients of biases, gamma and beta.
namespace hone::kernels {

inline constexpr int kMostSumThreads = 512, kStrip = 32;  // threads and columns of a block

// The places that sums of columns are stored to: `columns` sums in each of up to three, null where they are
// not wanted. The sums of chunk i of the rows go i * stride further.
template <class Out>
struct SumPlaces {
  struct Place {
    Out* sums;
    bool add;
  };
  Place list[3];
  int64_t columns, stride = 0;

  __device__ void put_sum(int64_t chunk, int64_t column, Acc<Out> sum) const {
    const Place* place = list;
    for (; column >= columns; column -= columns) ++place;
    if (place->sums != nullptr) accumulate(place->sums[chunk * stride + column], sum, place->add);
  }
};

// Sums the rows of chunk blockIdx.y, 32 columns a block: a thread loads 16 bytes of every n-th row, four
// rows at once. Lanes that hold the same columns are added first, then warps.
template <class T, class Out, class Wide>
__global__ void column_sums_kernel(int64_t rows, int64_t rows_per_block, int64_t columns, const T* x,
                                   int64_t stride, Acc<T> scale, SumPlaces<Out> out, Wide wide) {
  constexpr int N = kPiece<T>, kAcross = kStrip / N, kAtOnce = 4;
  const int64_t down = blockDim.x / kAcross;
  Acc<T>* parts = shared_memory<Acc<T>>();  // [warps][kStrip]
  const int64_t column0 = int64_t{blockIdx.x} * kStrip, column = column0 + threadIdx.x % kAcross * N;
  const int64_t begin = blockIdx.y * rows_per_block, end = std::min(begin + rows_per_block, rows);
  Vec<Acc<T>, N> sum{};
  for (int64_t row = begin + threadIdx.x / kAcross; row < end; row += down * kAtOnce) {
    Vec<Acc<T>, N> values[kAtOnce];
#pragma unroll
    for (int r = 0; r < kAtOnce; ++r) {
      const int64_t at = row + r * down;
      values[r] = load_piece<N>(x + at * stride + column, at < end ? columns - column : 0, wide);
    }
#pragma unroll
    for (int r = 0; r < kAtOnce; ++r) {
#pragma unroll
      for (int i = 0; i < N; ++i) sum[i] += values[r][i];
    }
  }
#pragma unroll
  for (int lanes = kAcross; lanes < kWarp; lanes *= 2) {
#pragma unroll
    for (int i = 0; i < N; ++i) sum[i] += shuffle_xor(kAllLanes, sum[i], lanes);
  }
  if (lane_id() < kAcross)
    store_piece(parts + warp_id() * kStrip + lane_id() * N, sum, N, std::true_type{}, false);
  sync_block();
  if (threadIdx.x >= kStrip || column0 + threadIdx.x >= columns) return;
  Acc<T> total = 0;
  for (unsigned warp = 0; warp < blockDim.x / kWarp; ++warp) total += parts[warp * kStrip + threadIdx.x];
  out.put_sum(blockIdx.y, column0 + threadIdx.x, static_cast<Acc<Out>>(total * scale));
}

template <class T, class Out>
void launch_column_sums(CudaStream& stream, const View& x, int64_t rows_per_block, double scale,
                        const SumPlaces<Out>& out) {
  const int64_t chunks = std::max<int64_t>(1, blocks_for(x.rows(), rows_per_block));
  const int64_t wanted = std::min(x.rows(), rows_per_block) * kStrip / kPiece<T>;
  const int threads =
      static_cast<int>(std::clamp<int64_t>(blocks_for(wanted, kWarp) * kWarp, kWarp, kMostSumThreads));
  with_whole<kPiece<T>>(x.columns(), rows_aligned(x), [&](auto wide) {
    launch_kernel(column_sums_kernel<T, Out, decltype(wide)>, {blocks_for(x.columns(), kStrip), chunks},
                  threads, threads * size_t{kStrip} / kWarp * sizeof(Acc<T>), stream, x.rows(),
                  rows_per_block, x.columns(), x.as<T>(), x.row_stride, scale, out, wide);
  });
}

// Stores scale * the sum over rows of x [rows, columns], or adds it to what is there. Very many rows are
// summed in chunks first; the order depends on the shape alone.
template <class T, class Out>
void add_columns(CudaStream& stream, const View& x, double scale, const SumPlaces<Out>& out) {
  constexpr int64_t kRows = 4096, kMostChunks = 256;
  if (x.rows() <= kRows) return launch_column_sums<T>(stream, x, kRows, scale, out);
  const int64_t rows_per_block = std::max(kRows / 4, blocks_for(x.rows(), kMostChunks));
  const Tensor parts =
      Tensor::empty({blocks_for(x.rows(), rows_per_block), x.columns()}, dtype_of<Acc<T>>, stream.device);
  const View view = parts;
  launch_column_sums<T>(
      stream, x, rows_per_block, 1,
      SumPlaces<Acc<T>>{.list = {{view.as<Acc<T>>(), false}}, .columns = x.columns(), .stride = x.columns()});
  launch_column_sums<Acc<T>>(stream, view, kMostChunks, scale, out);
}
template <class T, class Out>
void add_columns(CudaStream& stream, const View& x, double scale, Out* out, bool add) {
  add_columns<T>(stream, x, scale, SumPlaces<Out>{.list = {{out, add}}, .columns = x.columns()});
}

}  // namespace hone::kernels
