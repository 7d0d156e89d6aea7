// Bias and activation of a product, each thread 16 bytes of a row. The forward kernel must read c once and
// write c and y (y alone in c's place), the backward kernel read c, x and y and write c.
#include "cuda/finish_product.h"

#include "cuda/activations.h"
#include "cuda/rows.h"

namespace hone {
namespace {

constexpr int kThreads = 256;

template <class T>
struct Product {
  int64_t rows, columns;
  T* c;
  bool wide, wide_bias;
};

template <UnaryKind kind, class T>
__global__ void activate_kernel(Product<T> p, const Acc<T>* bias, T* y) {
  constexpr int N = kTake<T>;
  const Piece at = Piece::of(global_thread(), p.columns, N);
  if (at.row >= p.rows) return;
  const int64_t place = at.row * p.columns + at.column;
  auto values = take<N>(p.c + place, at.count, p.wide);
  Vec<Acc<T>, N> offsets{};
  if (bias != nullptr) offsets = take<N>(bias + at.column, at.count, p.wide_bias);
#pragma unroll
  for (int i = 0; i < N; ++i) values[i] = widen(narrow<T>(values[i] + offsets[i]));
  if (y != p.c) give(p.c + place, values, at.count, p.wide, false);
#pragma unroll
  for (int i = 0; i < N; ++i) values[i] = value_of<kind>(values[i]);
  give(y + place, values, at.count, p.wide, false);
}

template <UnaryKind kind, class T>
__global__ void activate_backward_kernel(Product<T> p, const T* x, const T* y) {
  constexpr int N = kTake<T>;
  const Piece at = Piece::of(global_thread(), p.columns, N);
  if (at.row >= p.rows) return;
  const int64_t place = at.row * p.columns + at.column;
  auto values = take<N>(p.c + place, at.count, p.wide);
  const auto xs = take<N>(x + place, at.count, p.wide), ys = take<N>(y + place, at.count, p.wide);
#pragma unroll
  for (int i = 0; i < N; ++i) values[i] *= slope_of<kind>(xs[i], ys[i]);
  give(p.c + place, values, at.count, p.wide, false);
}

template <class T, class Kind>
void finish(CudaStream& stream, const Gemm& k, Kind) {
  const View &c = k.c.view, &x = k.activation.x, &y = k.activation.y;
  const Product<T> product{c.rows(), c.columns(), c.as<T>(),
                           rows_aligned(c) && rows_aligned(x) && rows_aligned(y), rows_aligned(k.bias)};
  const int64_t blocks = blocks_for(pieces(c.rows(), c.columns(), kTake<T>), kThreads);
  if (k.activation.backward()) {
    launch_kernel(activate_backward_kernel<Kind::value, T>, blocks, kThreads, 0, stream, product, x.as<T>(),
                  y.as<T>());
  } else {
    const Acc<T>* bias = k.bias ? k.bias.as<Acc<T>>() : nullptr;
    launch_kernel(activate_kernel<Kind::value, T>, blocks, kThreads, 0, stream, product, bias, y.as<T>());
  }
}

}  // namespace

void finish_product(CudaStream& stream, const Gemm& k) {
  if (k.c.view.elements() == 0) return;
  with_floating(k.c.view.dtype, [&](auto t) {
    with_kind(k.activation.kind, [&](auto kind) { finish<decltype(t)>(stream, k, kind); });
  });
}

}  // namespace hone
