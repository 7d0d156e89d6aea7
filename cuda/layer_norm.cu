// Layer normalisation with dropout and the residual sum in the same pass, a warp a row. Forward must move x,
// residual, h and y once; backward h, dy, dx and dresidual (h and dy are read twice, the second time from the
// cache), and what it adds up for gamma and beta: every block has a row of parts, which a second kernel adds
// in order.
#include "core/kernels/layer_norm.h"

#include "cuda/column_sums.h"
#include "cuda/dropout.h"

namespace hone {
namespace {

constexpr int kMostWarps = 4;
constexpr size_t kEasyShared = size_t{48} << 10;  // bytes that every block may have

// A row as a warp keeps it in shared memory: whole pieces.
template <class T>
int64_t padded(int64_t columns) {
  return blocks_for(columns, kTake<T>) * kTake<T>;
}

// As many warps as there is room for.
int warps_for(size_t bytes_per_warp) {
  int warps = kMostWarps;
  while (warps > 1 && warps * bytes_per_warp > kEasyShared) warps /= 2;
  return warps;
}

template <class T>
struct Forward {
  int64_t rows, columns, padded;
  const T *x, *residual;  // residual may be null
  const Acc<T>*gamma, *beta;
  T *h, *y;  // h may be null: not wanted
  Acc<T>*mean, *rstd;
  Acc<T> eps;
  bool wide;
};

// values *= 0 or the scale, += residual; what is kept of them is what the statistics are of.
template <class T, int N>
__device__ void complete(Vec<Acc<T>, N>& values, const Forward<T>& k, int64_t at, int64_t count) {
  if (k.residual != nullptr) {
    const auto more = take<N>(k.residual + at, count, k.wide);
#pragma unroll
    for (int i = 0; i < N; ++i) values[i] += more[i];
  }
  if (k.h == nullptr) return;
  give(k.h + at, values, count, k.wide, false);
#pragma unroll
  for (int i = 0; i < N; ++i) values[i] = widen(narrow<T>(values[i]));
}

template <class T>
__global__ void forward_kernel(Forward<T> k, DropoutArguments dropout) {
  using A = Acc<T>;
  constexpr int N = kTake<T>, kStep = N * kWarp;
  const int64_t row = int64_t{blockIdx.x} * (blockDim.x / kWarp) + warp_id(), first = lane_id() * N;
  if (row >= k.rows) return;  // for all lanes of a warp alike
  A* const kept = shared_memory<A>() + warp_id() * k.padded;
  const DropoutRow words = DropoutRow::at(dropout, row);
  A sum = 0, squares = 0;
  for (int64_t c = first; c < k.columns; c += kStep) {
    auto values = take<N>(k.x + row * k.columns + c, k.columns - c, k.wide);
    apply_dropout(values, dropout, words, c);
    complete(values, k, row * k.columns + c, k.columns - c);
    give(kept + c, values, N, true, false);
#pragma unroll
    for (int i = 0; i < N; ++i) sum += values[i];
  }
  const A mean = warp_sum(sum) / static_cast<A>(k.columns);
  for (int64_t c = first; c < k.columns; c += kStep) {
    const auto values = take<N>(kept + c, N, true);
#pragma unroll
    for (int i = 0; i < N; ++i) squares += c + i < k.columns ? (values[i] - mean) * (values[i] - mean) : A(0);
  }
  const A rstd = A(1) / device::sqrt(warp_sum(squares) / static_cast<A>(k.columns) + k.eps);
  for (int64_t c = first; c < k.columns; c += kStep) {
    auto values = take<N>(kept + c, N, true);
    const auto gamma = take<N>(k.gamma + c, k.columns - c, k.wide),
               beta = take<N>(k.beta + c, k.columns - c, k.wide);
#pragma unroll
    for (int i = 0; i < N; ++i) values[i] = (values[i] - mean) * rstd * gamma[i] + beta[i];
    give(k.y + row * k.columns + c, values, k.columns - c, k.wide, false);
  }
  if (lane_id() == 0) k.mean[row] = mean, k.rstd[row] = rstd;
}

template <class T>
void forward(CudaStream& stream, const LayerNorm& k) {
  const int64_t rows = k.x.rows(), columns = k.x.columns(), kept = padded<T>(columns);
  bool wide = rows_aligned(k.x) && rows_aligned(k.residual) && rows_aligned(k.gamma) && rows_aligned(k.beta);
  wide = wide && rows_aligned(k.h) && rows_aligned(k.y);
  T* const h = k.h.data == k.x.data ? nullptr : k.h.as<T>();
  const Forward<T> arguments{rows,
                             columns,
                             kept,
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
  const size_t bytes = static_cast<size_t>(kept) * sizeof(Acc<T>);
  const int warps = warps_for(bytes);
  launch_kernel(forward_kernel<T>, blocks_for(rows, warps), warps * kWarp, warps * bytes, stream, arguments,
                arguments_of(k.name, k.dropout, stream));
}

template <class T>
struct Backward {
  int64_t rows, rows_per_block, columns, padded;
  const T *h, *dy;
  const Acc<T>*gamma, *mean, *rstd;
  T *dx, *dresidual;  // may be null, each
  int64_t dx_stride, dresidual_stride;
  bool add_dx, add_dresidual, wide;
  Acc<T>* parts;  // [blocks, 2, columns]: of dgamma and dbeta; null: not wanted
};

// Some columns of a row: dy gamma and (h - mean) rstd.
template <class A, int N>
struct Columns {
  Vec<A, N> dy, g, xhat;

  template <class T>
  __device__ static Columns of(const Backward<T>& k, int64_t row, int64_t c) {
    const int64_t at = row * k.columns + c, count = k.columns - c;
    Columns out{take<N>(k.dy + at, count, k.wide), take<N>(k.gamma + c, count, k.wide),
                take<N>(k.h + at, count, k.wide)};
#pragma unroll
    for (int i = 0; i < N; ++i) {
      out.g[i] *= out.dy[i];
      out.xhat[i] = (out.xhat[i] - k.mean[row]) * k.rstd[row];
    }
    return out;
  }
};

template <int N, class A>
__device__ void add_to(A* shared, const Vec<A, N>& values) {
  give(shared, values, N, true, true);
}

template <class T>
__device__ void backward_row(const Backward<T>& k, const DropoutArguments& dropout, int64_t row,
                             Acc<T>* dgamma) {
  using A = Acc<T>;
  constexpr int N = kTake<T>, kStep = N * kWarp;
  const int64_t first = lane_id() * N;
  A sum_g = 0, sum_gx = 0;
  for (int64_t c = first; c < k.columns; c += kStep) {
    auto at = Columns<A, N>::of(k, row, c);
#pragma unroll
    for (int i = 0; i < N; ++i) {
      sum_g += at.g[i];
      sum_gx += at.g[i] * at.xhat[i];
      at.xhat[i] *= at.dy[i];
    }
    if (k.parts == nullptr) continue;
    add_to<N>(dgamma + c, at.xhat);
    add_to<N>(dgamma + k.padded + c, at.dy);
  }
  if (k.dx == nullptr && k.dresidual == nullptr) return;
  const A mean_g = warp_sum(sum_g) / static_cast<A>(k.columns);
  const A mean_gx = warp_sum(sum_gx) / static_cast<A>(k.columns);
  const DropoutRow words = DropoutRow::at(dropout, row);
  for (int64_t c = first; c < k.columns; c += kStep) {
    auto at = Columns<A, N>::of(k, row, c);
#pragma unroll
    for (int i = 0; i < N; ++i) at.g[i] = k.rstd[row] * (at.g[i] - mean_g - at.xhat[i] * mean_gx);
    const int64_t count = k.columns - c;
    if (k.dresidual != nullptr)
      give(k.dresidual + row * k.dresidual_stride + c, at.g, count, k.wide, k.add_dresidual);
    if (k.dx == nullptr) continue;
    apply_dropout(at.g, dropout, words, c);
    give(k.dx + row * k.dx_stride + c, at.g, count, k.wide, k.add_dx);
  }
}

template <class T>
__global__ void backward_kernel(Backward<T> k, DropoutArguments dropout) {
  using A = Acc<T>;
  constexpr int N = kTake<T>;
  const int warps = static_cast<int>(blockDim.x) / kWarp;
  A* const all = shared_memory<A>();  // [warps][2][padded], if there are parts
  A* const own = all + warp_id() * 2 * k.padded;
  if (k.parts != nullptr) {
    for (int which = 0; which < 2; ++which) {
      for (int64_t c = lane_id() * N; c < k.columns; c += N * kWarp)
        give(own + which * k.padded + c, Vec<A, N>{}, N, true, false);
    }
  }
  const int64_t begin = blockIdx.x * k.rows_per_block, end = std::min(begin + k.rows_per_block, k.rows);
  for (int64_t row = begin + warp_id(); row < end; row += warps) backward_row(k, dropout, row, own);
  if (k.parts == nullptr) return;
  sync_block();
  for (int64_t i = threadIdx.x; i < 2 * k.columns; i += blockDim.x) {
    const int64_t at = i < k.columns ? i : i - k.columns + k.padded;
    A sum = 0;
    for (int warp = 0; warp < warps; ++warp) sum += all[warp * 2 * k.padded + at];
    k.parts[blockIdx.x * 2 * k.columns + i] = sum;
  }
}

template <class T>
void backward(CudaStream& stream, const LayerNormBackward& k) {
  using A = Acc<T>;
  constexpr int64_t kMostBlocks = 512;
  const int64_t rows = k.h.rows(), columns = k.h.columns(), kept = padded<T>(columns);
  const bool sums = k.dgamma || k.dbeta;
  const size_t bytes = sums ? static_cast<size_t>(2 * kept) * sizeof(A) : 0;
  const int warps = warps_for(bytes);
  const int64_t rows_per_block = std::max<int64_t>(2 * warps, blocks_for(rows, kMostBlocks));
  const int64_t blocks = blocks_for(rows, rows_per_block);
  const Tensor parts = Tensor::empty({sums ? blocks : 0, 2 * columns}, dtype_of<A>, stream.device);
  bool wide = rows_aligned(k.h) && rows_aligned(k.dy) && rows_aligned(k.gamma);
  wide = wide && rows_aligned(k.dx.view) && rows_aligned(k.dresidual.view);
  const Backward<T> arguments{rows,
                              rows_per_block,
                              columns,
                              kept,
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
  launch_kernel(backward_kernel<T>, blocks, warps * kWarp, warps * bytes, stream, arguments,
                arguments_of(k.name, k.dropout, stream));
  const auto add = [&](const GradOut& out, int64_t column) {
    const View part = parts.view().columns_between(column, column + columns);
    if (out) add_columns<A>(stream, part, 1, out.view.as<A>(), out.beta != 0);
  };
  add(k.dgamma, 0);
  add(k.dbeta, columns);
}

}  // namespace

void run(CudaStream& stream, const LayerNorm& k) {
  with_floating(k.x.dtype, [&](auto t) { forward<decltype(t)>(stream, k); });
}

void run(CudaStream& stream, const LayerNormBackward& k) {
  with_floating(k.h.dtype, [&](auto t) { backward<decltype(t)>(stream, k); });
}

}  // namespace hone
