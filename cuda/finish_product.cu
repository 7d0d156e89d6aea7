// Bias and activation of a product: a thread loads 16 bytes of two rows; the forward kernel issues both loads
// before it computes. The forward kernel must read c once and write c and y (y alone in c's place), the
// backward kernel read c, x and y and write c.
#include "cuda/finish_product.h"

#include "cuda/rows.h"
#include "cuda/unary_functions.h"

namespace hone::kernels {
namespace {

constexpr int kThreads = 128, kRows = 2;  // of a block, whose threads lie side by side

template <class T>
struct Product {
  int64_t rows, columns;
  T* c;
};

// A thread's share of the matrix: `count` columns from `column` on, of kRows rows from `row` on.
template <class T>
struct Share {
  int64_t column, count, row, rows;

  __device__ explicit Share(const Product<T>& p)
      : column((int64_t{blockIdx.y} * kThreads + threadIdx.x) * kPiece<T>),
        count(p.columns - column),
        row(int64_t{blockIdx.x} * kRows),
        rows(p.rows) {}
  // The columns that exist of the share's row i: none beyond the last row.
  __device__ int64_t count_of(int i) const { return row + i < rows ? count : 0; }
  __device__ int64_t place_of(int i, const Product<T>& p) const { return (row + i) * p.columns + column; }
};

template <class Function, class T, class Wide>
__global__ __launch_bounds__(kThreads) void activate_kernel(Product<T> p, const Acc<T>* bias, T* y,
                                                            Wide wide) {
  constexpr int N = kPiece<T>;
  const Share<T> share(p);
  if (share.count <= 0) return;
  Vec<Acc<T>, N> values[kRows], offsets{};
#pragma unroll
  for (int r = 0; r < kRows; ++r)
    values[r] = load_piece<N>(p.c + share.place_of(r, p), share.count_of(r), wide);
  if (bias != nullptr) offsets = load_piece<N>(bias + share.column, share.count, wide);
#pragma unroll
  for (int r = 0; r < kRows; ++r) {
#pragma unroll
    for (int i = 0; i < N; ++i) values[r][i] += offsets[i];
    values[r] = rounded<T>(values[r]);
    if (y != p.c) store_piece(p.c + share.place_of(r, p), values[r], share.count_of(r), wide, false);
#pragma unroll
    for (int i = 0; i < N; ++i) values[r][i] = value_of<Function>(values[r][i]);
    store_piece(y + share.place_of(r, p), values[r], share.count_of(r), wide, false);
  }
}

template <class Function, class T, class Wide>
__global__ __launch_bounds__(kThreads) void activate_backward_kernel(Product<T> p, const T* x, const T* y,
                                                                     Wide wide) {
  constexpr int N = kPiece<T>;
  const Share<T> share(p);
  if (share.count <= 0) return;
#pragma unroll
  for (int r = 0; r < kRows; ++r) {
    const int64_t place = share.place_of(r, p), count = share.count_of(r);
    auto values = load_piece<N>(p.c + place, count, wide);
    const auto xs = load_piece<N>(x + place, count, wide), ys = load_piece<N>(y + place, count, wide);
#pragma unroll
    for (int i = 0; i < N; ++i) values[i] *= slope_of<Function>(xs[i], ys[i]);
    store_piece(p.c + place, values, count, wide, false);
  }
}

template <class T, class Function>
void finish(CudaStream& stream, const Gemm& k, Function) {
  const View &c = k.c.view, &x = k.activation.x, &y = k.activation.y;
  const Product<T> product{c.rows(), c.columns(), c.as<T>()};
  const bool aligned = rows_aligned(c) && rows_aligned(x) && rows_aligned(y) && rows_aligned(k.bias);
  const Extent blocks{blocks_for(c.rows(), kRows), blocks_for(c.columns(), kThreads * kPiece<T>)};
  with_whole<kPiece<T>>(c.columns(), aligned, [&](auto wide) {
    using Wide = decltype(wide);
    if (k.activation.backward()) {
      launch_kernel(activate_backward_kernel<Function, T, Wide>, blocks, kThreads, 0, stream, product,
                    x.as<T>(), y.as<T>(), wide);
    } else {
      const Acc<T>* bias = k.bias ? k.bias.as<Acc<T>>() : nullptr;
      launch_kernel(activate_kernel<Function, T, Wide>, blocks, kThreads, 0, stream, product, bias, y.as<T>(),
                    wide);
    }
  });
}

}  // namespace

void finish_product(CudaStream& stream, const Gemm& k) {
  if (k.c.view.elements() == 0) return;
  with_floating(k.c.view.dtype, [&](auto t) {
    with_function(k.activation.kind, [&](auto f) { finish<decltype(t)>(stream, k, f); });
  });
}

}  // namespace hone::kernels
