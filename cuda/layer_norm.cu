// Layer normalisation with dropout and the residual sum in the same pass, a warp a row that stays in its
// registers; of more than 1,024 columns a block a row. Forward must move x, residual, h and y once; backward
// h, dy, dx and dresidual once, and what it adds up for gamma and beta: every block has a row of parts, which
// a second kernel adds in order.
#include "core/kernels/layer_norm.h"

#include "cuda/column_sums.h"
#include "cuda/dropout.h"

namespace hone {
namespace {

constexpr int kWarps = 4;  // of a block whose warps have rows of their own
// How many times a thread takes 16 bytes (or 4 numbers) of its row.
template <class T>
constexpr int kPieces = 32 / kTake<T>;

// The threads of a row: a warp, or where that is too narrow the block.
struct RowThreads {
  int count, rows_of_block;

  template <class T>
  static RowThreads of(const char* kernel, int64_t columns) {
    constexpr int64_t kColumns = kPieces<T> * kTake<T>, kMost = 256;  // threads, by their registers
    if (columns <= kWarp * kColumns) return {kWarp, kWarps};
    if (columns > kMost * kColumns)
      refuse(kernel, "rows of " + std::to_string(columns) + " columns, on CUDA at most " +
                         std::to_string(kMost * kColumns) + "; use the CPU");
    return {static_cast<int>(blocks_for(blocks_for(columns, kColumns), kWarp)) * kWarp, 1};
  }
  int of_block() const { return count * rows_of_block; }
  // Shared memory that sum() wants.
  template <class A>
  size_t bytes() const {
    return rows_of_block > 1 ? 0 : static_cast<size_t>(count) / kWarp * sizeof(A);
  }

  __device__ int64_t first_row() const { return rows_of_block > 1 ? warp_id() : 0; }
  // Where a thread's piece of a row begins.
  template <class T>
  __device__ int64_t column(int piece) const {
    const int thread = static_cast<int>(rows_of_block > 1 ? lane_id() : threadIdx.x);
    return int64_t{piece * count + thread} * kTake<T>;
  }
  template <class A>
  __device__ A sum(A value) const {
    return rows_of_block > 1 ? warp_sum(value) : block_sum(value, shared_memory<A>());
  }
};

template <class T>
struct Forward {
  int64_t rows, columns;
  const T *x, *residual;  // residual may be null
  const Acc<T>*gamma, *beta;
  T *h, *y;  // h may be null: not wanted
  Acc<T>*mean, *rstd;
  Acc<T> eps;
  bool wide;
};

template <class T>
__global__ void forward_kernel(Forward<T> k, RowThreads threads, DropoutArguments dropout) {
  using A = Acc<T>;
  constexpr int N = kTake<T>;
  const int64_t row = int64_t{blockIdx.x} * threads.rows_of_block + threads.first_row();
  if (row >= k.rows) return;  // for all threads of a row alike
  const auto left = [&](int piece) { return k.columns - threads.column<T>(piece); };
  const auto at = [&](int piece) { return row * k.columns + threads.column<T>(piece); };
  Vec<A, N> values[kPieces<T>], more[kPieces<T>];
#pragma unroll
  for (int p = 0; p < kPieces<T>; ++p) values[p] = take<N>(k.x + at(p), left(p), k.wide);
#pragma unroll
  for (int p = 0; p < kPieces<T>; ++p) {
    more[p] = {};
    if (k.residual != nullptr) more[p] = take<N>(k.residual + at(p), left(p), k.wide);
  }
  const DropoutRow words = DropoutRow::of_warp(dropout, row);
  A sum = 0, squares = 0;
#pragma unroll
  for (int p = 0; p < kPieces<T>; ++p) {
    apply_dropout(values[p], dropout, words, threads.column<T>(p));
#pragma unroll
    for (int i = 0; i < N; ++i) values[p][i] += more[p][i];
    if (k.h != nullptr) give(k.h + at(p), values[p], left(p), k.wide, false);
#pragma unroll
    for (int i = 0; i < N; ++i) {
      if (k.h != nullptr)
        values[p][i] = widen(narrow<T>(values[p][i]));  // the statistics are of what is kept
      sum += values[p][i];
    }
  }
  const A mean = threads.sum(sum) / static_cast<A>(k.columns);
#pragma unroll
  for (int p = 0; p < kPieces<T>; ++p) {
#pragma unroll
    for (int i = 0; i < N; ++i) {
      values[p][i] -= mean;
      squares += i < left(p) ? values[p][i] * values[p][i] : A(0);
    }
  }
  const A rstd = A(1) / device::sqrt(threads.sum(squares) / static_cast<A>(k.columns) + k.eps);
#pragma unroll
  for (int p = 0; p < kPieces<T>; ++p) {
    const auto gamma = take<N>(k.gamma + threads.column<T>(p), left(p), k.wide),
               beta = take<N>(k.beta + threads.column<T>(p), left(p), k.wide);
#pragma unroll
    for (int i = 0; i < N; ++i) values[p][i] = values[p][i] * rstd * gamma[i] + beta[i];
    give(k.y + at(p), values[p], left(p), k.wide, false);
  }
  if (threads.column<T>(0) == 0) k.mean[row] = mean, k.rstd[row] = rstd;
}

template <class T>
void forward(CudaStream& stream, const LayerNorm& k) {
  bool wide = rows_aligned(k.x) && rows_aligned(k.residual) && rows_aligned(k.gamma) && rows_aligned(k.beta);
  wide = wide && rows_aligned(k.h) && rows_aligned(k.y);
  T* const h = k.h.data == k.x.data ? nullptr : k.h.as<T>();
  const Forward<T> arguments{k.x.rows(),
                             k.x.columns(),
                             k.x.as<T>(),
                             k.residual.as<T>(),
                             k.gamma.as<Acc<T>>(),
                             k.beta.as<Acc<T>>(),
                             h,
                             k.y.as<T>(),
                             k.mean.as<Acc<T>>(),
                             k.rstd.as<Acc<T>>(),
                             static_cast<Acc<T>>(k.eps),
                             wide};
  const RowThreads threads = RowThreads::of<T>(k.name, k.x.columns());
  launch_kernel(forward_kernel<T>, blocks_for(k.x.rows(), threads.rows_of_block), threads.of_block(),
                threads.bytes<Acc<T>>(), stream, arguments, threads, arguments_of(k.name, k.dropout, stream));
}

template <class T>
struct Backward {
  int64_t rows, rows_per_block, columns;
  const T *h, *dy;
  const Acc<T>*gamma, *mean, *rstd;
  T *dx, *dresidual;  // may be null, each
  int64_t dx_stride, dresidual_stride;
  bool add_dx, add_dresidual, wide;
  Acc<T>* parts;  // [blocks, 2, columns]: of dgamma and dbeta; null: not wanted
};

// What a thread adds up over its rows.
template <class T>
struct Sums {
  Vec<Acc<T>, kTake<T>> dgamma[kPieces<T>], dbeta[kPieces<T>];
};

template <class T>
__device__ void backward_row(const Backward<T>& k, const RowThreads& threads, const DropoutArguments& dropout,
                             int64_t row, Sums<T>& sums) {
  using A = Acc<T>;
  constexpr int N = kTake<T>;
  const auto left = [&](int piece) { return k.columns - threads.column<T>(piece); };
  const auto at = [&](int piece) { return row * k.columns + threads.column<T>(piece); };
  Vec<A, N> xhat[kPieces<T>], g[kPieces<T>];
#pragma unroll
  for (int p = 0; p < kPieces<T>; ++p) {
    xhat[p] = take<N>(k.h + at(p), left(p), k.wide);
    g[p] = take<N>(k.dy + at(p), left(p), k.wide);
  }
  const A mean = k.mean[row], rstd = k.rstd[row];
  const DropoutRow words = DropoutRow::of_warp(dropout, row);
  A sum_g = 0, sum_gx = 0;
#pragma unroll
  for (int p = 0; p < kPieces<T>; ++p) {
    const auto gamma = take<N>(k.gamma + threads.column<T>(p), left(p), k.wide);
#pragma unroll
    for (int i = 0; i < N; ++i) {
      xhat[p][i] = (xhat[p][i] - mean) * rstd;
      sums.dgamma[p][i] += g[p][i] * xhat[p][i];
      sums.dbeta[p][i] += g[p][i];
      g[p][i] *= gamma[i];
      sum_g += g[p][i];
      sum_gx += g[p][i] * xhat[p][i];
    }
  }
  if (k.dx == nullptr && k.dresidual == nullptr) return;
  const A mean_g = threads.sum(sum_g) / static_cast<A>(k.columns);
  const A mean_gx = threads.sum(sum_gx) / static_cast<A>(k.columns);
#pragma unroll
  for (int p = 0; p < kPieces<T>; ++p) {
    const int64_t c = threads.column<T>(p);
#pragma unroll
    for (int i = 0; i < N; ++i) g[p][i] = rstd * (g[p][i] - mean_g - xhat[p][i] * mean_gx);
    if (k.dresidual != nullptr)
      give(k.dresidual + row * k.dresidual_stride + c, g[p], left(p), k.wide, k.add_dresidual);
    if (k.dx == nullptr) continue;
    apply_dropout(g[p], dropout, words, c);
    give(k.dx + row * k.dx_stride + c, g[p], left(p), k.wide, k.add_dx);
  }
}

template <class T>
__global__ void backward_kernel(Backward<T> k, RowThreads threads, DropoutArguments dropout) {
  using A = Acc<T>;
  constexpr int N = kTake<T>, kWidth = kWarp * kPieces<T> * N;  // of a warp's row
  Sums<T> sums{};
  const int64_t begin = blockIdx.x * k.rows_per_block, end = std::min(begin + k.rows_per_block, k.rows);
  for (int64_t row = begin + threads.first_row(); row < end; row += threads.rows_of_block)
    backward_row(k, threads, dropout, row, sums);
  if (k.parts == nullptr) return;
  A* const parts = k.parts + blockIdx.x * 2 * k.columns;
  A* const shared = shared_memory<A>();  // [kWarps][kWidth]
  for (int which = 0; which < 2; ++which) {
    if (threads.rows_of_block > 1) sync_block();  // what was there is read
#pragma unroll
    for (int p = 0; p < kPieces<T>; ++p) {
      const int64_t c = threads.column<T>(p);
      const auto& sum = which == 0 ? sums.dgamma[p] : sums.dbeta[p];
      if (threads.rows_of_block > 1)
        give(shared + warp_id() * kWidth + c, sum, N, true, false);
      else
        give(parts + which * k.columns + c, sum, k.columns - c, false, false);
    }
    if (threads.rows_of_block == 1) continue;
    sync_block();
    for (int64_t c = threadIdx.x; c < k.columns; c += blockDim.x) {
      A sum = 0;
      for (int warp = 0; warp < kWarps; ++warp) sum += shared[warp * kWidth + c];
      parts[which * k.columns + c] = sum;
    }
  }
}

template <class T>
void backward(CudaStream& stream, const LayerNormBackward& k) {
  using A = Acc<T>;
  constexpr int64_t kMostBlocks = 256, kWidth = kWarp * kPieces<T> * kTake<T>;
  const int64_t rows = k.h.rows(), columns = k.h.columns();
  const RowThreads threads = RowThreads::of<T>(k.name, columns);
  const bool sums = k.dgamma || k.dbeta;
  const int64_t rows_per_block = std::max<int64_t>(threads.rows_of_block, blocks_for(rows, kMostBlocks));
  const int64_t blocks = blocks_for(rows, rows_per_block);
  const Tensor parts = Tensor::empty({sums ? blocks : 0, 2 * columns}, dtype_of<A>, stream.device);
  bool wide = rows_aligned(k.h) && rows_aligned(k.dy) && rows_aligned(k.gamma);
  wide = wide && rows_aligned(k.dx.view) && rows_aligned(k.dresidual.view);
  const Backward<T> arguments{rows,
                              rows_per_block,
                              columns,
                              k.h.as<T>(),
                              k.dy.as<T>(),
                              k.gamma.as<A>(),
                              k.mean.as<A>(),
                              k.rstd.as<A>(),
                              k.dx.view.as<T>(),
                              k.dresidual.view.as<T>(),
                              k.dx.view.row_stride,
                              k.dresidual.view.row_stride,
                              k.dx.beta != 0,
                              k.dresidual.beta != 0,
                              wide,
                              sums ? parts.view().as<A>() : nullptr};
  const size_t shared = sums && threads.rows_of_block > 1 ? kWarps * kWidth * sizeof(A) : threads.bytes<A>();
  launch_kernel(backward_kernel<T>, blocks, threads.of_block(), shared, stream, arguments, threads,
                arguments_of(k.name, k.dropout, stream));
  if (!sums) return;
  add_columns<A>(stream, parts, 1,
                 SumPlaces<A>{.first = k.dgamma.view.as<A>(),
                              .second = k.dbeta.view.as<A>(),
                              .add_first = k.dgamma.beta != 0,
                              .add_second = k.dbeta.beta != 0,
                              .split = columns});
}

}  // namespace

void run(CudaStream& stream, const LayerNorm& k) {
  with_floating(k.x.dtype, [&](auto t) { forward<decltype(t)>(stream, k); });
}

void run(CudaStream& stream, const LayerNormBackward& k) {
  with_floating(k.h.dtype, [&](auto t) { backward<decltype(t)>(stream, k); });
}

}  // namespace hone
