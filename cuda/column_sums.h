#pragma once

#include "core/tensor.h"
#include "cuda/rows.h"

// Sums over the rows of a matrix: gradients of biases, gamma and beta.
namespace hone {

inline constexpr int kSumWarps = 8;

// The sums of blockIdx.y's rows go to row blockIdx.y of out. A warp takes every eighth row, a lane 16 bytes
// of it.
template <class T, class Out>
__global__ void column_sums_kernel(int64_t rows, int64_t rows_per_block, int64_t columns, const T* x,
                                   int64_t stride, Acc<T> scale, Out* out, int64_t out_stride, bool wide,
                                   bool add) {
  constexpr int N = kTake<T>;
  Acc<T>* parts = shared_memory<Acc<T>>();  // [kSumWarps][kWarp * N]
  const int64_t column0 = int64_t{blockIdx.x} * kWarp * N, column = column0 + lane_id() * N;
  const int64_t begin = blockIdx.y * rows_per_block, end = std::min(begin + rows_per_block, rows);
  Vec<Acc<T>, N> sum{};
  if (column < columns) {
    for (int64_t row = begin + warp_id(); row < end; row += kSumWarps) {
      const auto values = take<N>(x + row * stride + column, columns - column, wide);
#pragma unroll
      for (int i = 0; i < N; ++i) sum[i] += values[i];
    }
  }
  give(parts + (warp_id() * kWarp + lane_id()) * N, sum, N, true, false);
  sync_block();
  for (int i = static_cast<int>(threadIdx.x); i < kWarp * N && column0 + i < columns;
       i += kSumWarps * kWarp) {
    Acc<T> total = 0;
    for (int warp = 0; warp < kSumWarps; ++warp) total += parts[warp * kWarp * N + i];
    total *= scale;
    put(out + blockIdx.y * out_stride + column0 + i, static_cast<Acc<Out>>(total), add);
  }
}

template <class T, class Out>
void launch_column_sums(CudaStream& stream, const View& x, int64_t rows_per_block, double scale, Out* out,
                        bool add) {
  const int64_t per_block = kWarp * kTake<T>,
                chunks = std::max<int64_t>(1, blocks_for(x.rows(), rows_per_block));
  launch_kernel(column_sums_kernel<T, Out>, {blocks_for(x.columns(), per_block), chunks}, kSumWarps * kWarp,
                kSumWarps * static_cast<size_t>(per_block) * sizeof(Acc<T>), stream, x.rows(), rows_per_block,
                x.columns(), x.as<T>(), x.row_stride, scale, out, x.columns(), rows_aligned(x), add);
}

// out = beta out + scale * sum over rows of x, for x [rows, columns] of T and out [columns]. Of many rows,
// chunks are added up first: in an order that the shape alone decides.
template <class T, class Out>
void add_columns(CudaStream& stream, const View& x, double scale, Out* out, bool add) {
  constexpr int64_t kRows = 32, kMostChunks = 256;
  if (x.rows() <= 2 * kRows) return launch_column_sums<T>(stream, x, 2 * kRows, scale, out, add);
  const int64_t rows_per_block = std::max(kRows, blocks_for(x.rows(), kMostChunks));
  const Tensor parts =
      Tensor::empty({blocks_for(x.rows(), rows_per_block), x.columns()}, dtype_of<Acc<T>>, stream.device);
  const View view = parts;
  launch_column_sums<T>(stream, x, rows_per_block, 1, view.as<Acc<T>>(), false);
  launch_column_sums<Acc<T>>(stream, view, kMostChunks, scale, out, add);
}

}  // namespace hone
