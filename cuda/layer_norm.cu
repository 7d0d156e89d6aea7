// Layer normalisation with dropout and the residual sum in the same pass. A thread loads 16 bytes (or 4
// numbers) of a row and keeps them in registers: three warps a row of 768 columns in bf16. Forward must move
// x, residual, h and y once; backward h, dy, dx and dresidual once, and what it adds up for bias, gamma and
// beta: every block has a row of parts, which a second kernel adds in order.
#include "core/kernels/layer_norm.h"

#include "core/kernels/layer_norm_rows.h"
#include "cuda/column_sums.h"
#include "cuda/dropout.h"

namespace hone::kernels {
namespace {

// Warps of a block, at most; a thread with a piece of eight numbers needs more registers.
template <class T>
constexpr int kMostWarps = kPiece<T> == 8 ? 24 : 32;

// The rows that a block works on at a time, and the warps that share each of them.
struct RowGroups {
  int warps, rows;

  // `most`: warps of a block, unless a single row needs more.
  template <class T>
  static RowGroups of(const char* kernel, int64_t columns, int most) {
    constexpr int64_t kColumns = kWarp * kPiece<T>;  // of a warp
    if (columns > kMostWarps<T> * kColumns)
      refuse(kernel, "rows of " + std::to_string(columns) + " columns, on CUDA at most " +
                         std::to_string(kMostWarps<T> * kColumns) + "; use the CPU");
    const int warps = static_cast<int>(std::max<int64_t>(1, blocks_for(columns, kColumns)));
    return {warps, std::max(1, most / warps)};
  }
  int threads() const { return warps * rows * kWarp; }

  __device__ int row() const { return static_cast<int>(warp_id()) / warps; }
  __device__ int thread() const { return static_cast<int>(threadIdx.x) - row() * warps * kWarp; }

  // Sums a and b over the threads of each row; called by all threads of the block. scratch: two numbers a
  // warp.
  template <class A>
  __device__ void add_up(A& a, A& b, A* scratch) const {
    a = warp_sum(a), b = warp_sum(b);
    if (warps == 1) return;
    if (lane_id() == 0) scratch[2 * warp_id()] = a, scratch[2 * warp_id() + 1] = b;
    sync_block();
    const A* const own = scratch + 2 * row() * warps;
    a = own[0], b = own[1];
    for (int warp = 1; warp < warps; ++warp) a += own[2 * warp], b += own[2 * warp + 1];
    sync_block();
  }
};

template <class T, class Wide>
__global__ __launch_bounds__(kMostWarps<T>* kWarp) void forward_kernel(LayerNormRows<T> k, RowGroups groups,
                                                                       DropoutArguments dropout, Wide wide) {
  using A = Acc<T>;
  constexpr int N = kPiece<T>;
  A* const scratch = shared_memory<A>();
  const int64_t row = int64_t{blockIdx.x} * groups.rows + groups.row(), column = int64_t{groups.thread()} * N;
  const int64_t at = row * k.columns + column, left = row < k.rows ? k.columns - column : 0;
  auto values = load_piece<N>(k.x.data + at, left, wide);
  Vec<A, N> residual{}, bias{};
  if (k.bias != nullptr) bias = load_piece<N>(k.bias + column, left, wide);
  if (k.residual) residual = load_piece<N>(k.residual.data + at, left, wide);
  const auto gamma = load_piece<N>(k.gamma + column, left, wide),
             beta = load_piece<N>(k.beta + column, left, wide);
#pragma unroll
  for (int i = 0; i < N; ++i) values[i] += bias[i];
  apply_dropout(values, dropout, DropoutRow::of_warp(dropout, row), column);
#pragma unroll
  for (int i = 0; i < N; ++i) values[i] += residual[i];
  if (k.h) store_piece(k.h.data + at, values, left, wide, false);
  if (k.h) values = rounded<T>(values);  // statistics of h as it is stored
  A sum = 0, squares = 0, none = 0;
#pragma unroll
  for (int i = 0; i < N; ++i) sum += values[i];
  groups.add_up(sum, none, scratch);
  const A mean = sum / static_cast<A>(k.columns);
#pragma unroll
  for (int i = 0; i < N; ++i) {
    values[i] -= mean;
    squares += i < left ? values[i] * values[i] : A(0);
  }
  groups.add_up(squares, none, scratch);
  const A rstd = A(1) / device::sqrt(squares / static_cast<A>(k.columns) + static_cast<A>(k.eps));
#pragma unroll
  for (int i = 0; i < N; ++i) values[i] = values[i] * rstd * gamma[i] + beta[i];
  store_piece(k.y.data + at, values, left, wide, false);
  if (column == 0 && row < k.rows) k.mean[row] = mean, k.rstd[row] = rstd;
}

template <class T>
void forward(CudaStream& stream, const LayerNorm& k) {
  bool wide = rows_aligned(k.x) && rows_aligned(k.residual) && rows_aligned(k.gamma) &&
              rows_aligned(k.beta) && rows_aligned(k.bias);
  wide = wide && rows_aligned(k.h) && rows_aligned(k.y);
  const RowGroups groups = RowGroups::of<T>(k.name, k.x.columns(), 8);
  with_whole<kPiece<T>>(k.x.columns(), wide, [&](auto whole) {
    launch_kernel(forward_kernel<T, decltype(whole)>, blocks_for(k.x.rows(), groups.rows), groups.threads(),
                  2 * sizeof(Acc<T>) * groups.threads() / kWarp, stream, LayerNormRows<T>(k), groups,
                  arguments_of(k.name, k.dropout, stream), whole);
  });
}

template <class T>
struct Backward : LayerNormBackwardRows<T> {
  int64_t rows_per_block;
  Acc<T>* parts;  // [blocks, 3, columns] of dgamma, dbeta and dbias, 2 without dbias; null: not wanted
};

// A thread's sums over its rows.
template <class T>
struct Sums {
  Vec<Acc<T>, kPiece<T>> at[3];  // dgamma, dbeta, dbias
};

template <class T, class Wide>
__device__ void backward_row(const Backward<T>& k, const RowGroups& groups, const DropoutArguments& dropout,
                             Wide wide, int64_t row, bool there, Sums<T>& sums) {
  using A = Acc<T>;
  constexpr int N = kPiece<T>;
  const int64_t column = int64_t{groups.thread()} * N, left = there ? k.columns - column : 0;
  auto xhat = load_piece<N>(k.h.data + row * k.columns + column, left, wide),
       g = load_piece<N>(k.dy.data + row * k.columns + column, left, wide);
  const auto gamma = load_piece<N>(k.gamma + column, left, wide);
  const A mean = there ? k.mean[row] : A(0), rstd = there ? k.rstd[row] : A(0);
  const DropoutRow words = DropoutRow::of_warp(dropout, row);
  A sum_g = 0, sum_gx = 0;
#pragma unroll
  for (int i = 0; i < N; ++i) {
    xhat[i] = (xhat[i] - mean) * rstd;
    sums.at[0][i] += g[i] * xhat[i];
    sums.at[1][i] += g[i];
    g[i] *= gamma[i];
    sum_g += g[i];
    sum_gx += g[i] * xhat[i];
  }
  if (!k.dx && !k.dresidual && !k.dbias) return;
  groups.add_up(sum_g, sum_gx, shared_memory<A>());
  const A mean_g = sum_g / static_cast<A>(k.columns), mean_gx = sum_gx / static_cast<A>(k.columns);
#pragma unroll
  for (int i = 0; i < N; ++i) g[i] = rstd * (g[i] - mean_g - xhat[i] * mean_gx);
  if (k.dresidual)
    store_piece(k.dresidual.data + row * k.dresidual.stride + column, g, left, wide, k.dresidual.add);
  if (!k.dx && !k.dbias) return;
  apply_dropout(g, dropout, words, column);
#pragma unroll
  for (int i = 0; i < N; ++i) sums.at[2][i] += g[i];
  if (k.dx) store_piece(k.dx.data + row * k.dx.stride + column, g, left, wide, k.dx.add);
}

template <class T, class Wide>
__global__ __launch_bounds__(kMostWarps<T>* kWarp) void backward_kernel(Backward<T> k, RowGroups groups,
                                                                        DropoutArguments dropout, Wide wide) {
  using A = Acc<T>;
  constexpr int N = kPiece<T>;
  Sums<T> sums{};
  const int64_t begin = blockIdx.x * k.rows_per_block, end = std::min(begin + k.rows_per_block, k.rows);
  for (int64_t first = begin; first < end; first += groups.rows) {
    const int64_t row = first + groups.row();
    backward_row(k, groups, dropout, wide, row, row < end, sums);
  }
  if (k.parts == nullptr) return;
  A* const shared = shared_memory<A>();  // [rows][a row's threads N]
  const int width = groups.warps * kWarp * N;
#pragma unroll
  for (int which = 0; which < 3; ++which) {
    if (which == 2 && !k.dbias) break;
    sync_block();  // all threads have read the last contents
    store_piece(shared + threadIdx.x * N, sums.at[which], N, std::true_type{}, false);
    sync_block();
    for (int64_t c = threadIdx.x; c < k.columns; c += blockDim.x) {
      A sum = 0;
      for (int row = 0; row < groups.rows; ++row) sum += shared[row * width + c];
      k.parts[((k.dbias ? 3 : 2) * int64_t{blockIdx.x} + which) * k.columns + c] = sum;
    }
  }
}

template <class T>
void backward(CudaStream& stream, const LayerNormBackward& k) {
  using A = Acc<T>;
  constexpr int64_t kMostBlocks = 512;
  const int64_t rows = k.h.rows(), columns = k.h.columns();
  const RowGroups groups =
      RowGroups::of<T>(k.name, columns, 24);  // large blocks, so that there are few rows of parts
  const bool sums = k.dgamma || k.dbeta || k.dbias;
  // A block's rows are a multiple of those that it works on at a time.
  const int64_t rows_per_block =
      std::max<int64_t>(1, blocks_for(blocks_for(rows, kMostBlocks), groups.rows)) * groups.rows;
  const int64_t blocks = blocks_for(rows, rows_per_block);
  const Tensor parts =
      Tensor::empty({sums ? blocks : 0, (k.dbias ? 3 : 2) * columns}, dtype_of<A>, stream.device);
  bool wide = rows_aligned(k.h) && rows_aligned(k.dy) && rows_aligned(k.gamma);
  wide = wide && rows_aligned(k.dx.view) && rows_aligned(k.dresidual.view);
  const Backward<T> arguments{LayerNormBackwardRows<T>(k), rows_per_block,
                              sums ? parts.view().as<A>() : nullptr};
  with_whole<kPiece<T>>(columns, wide, [&](auto whole) {
    launch_kernel(backward_kernel<T, decltype(whole)>, blocks, groups.threads(),
                  groups.threads() * kPiece<T> * sizeof(A), stream, arguments, groups,
                  arguments_of(k.name, k.dropout, stream), whole);
  });
  if (!sums) return;
  add_columns<A>(stream, parts, 1,
                 SumPlaces<A>{.list = {{k.dgamma.view.as<A>(), k.dgamma.add},
                                       {k.dbeta.view.as<A>(), k.dbeta.add},
                                       {k.dbias.view.as<A>(), k.dbias.add}},
                              .columns = columns});
}

}  // namespace

void run(CudaStream& stream, const LayerNorm& k) {
  with_floating(k.x.dtype, [&](auto t) { forward<decltype(t)>(stream, k); });
}

void run(CudaStream& stream, const LayerNormBackward& k) {
  with_floating(k.h.dtype, [&](auto t) { backward<decltype(t)>(stream, k); });
}

}  // namespace hone::kernels
