// Element by element: each thread loads 16 bytes of every tensor. A unary kernel must move x once and y once,
// its backward pass x, y, dy and dx; nothing is computed that would take longer than that.
#include "core/kernels/elementwise.h"

#include "cuda/unary_functions.h"

namespace hone::kernels {
namespace {

constexpr int kThreads = 256;

// N elements a thread; the last thread may have fewer.
template <class Function, class T, int N>
__global__ void unary_kernel(int64_t n, const T* x, T* y) {
  const int64_t begin = global_thread() * N;
  if (begin + N <= n) {
    Vec<T, N> v = load_vector<N>(x + begin);
    for (int i = 0; i < N; ++i) v[i] = narrow<T>(value_of<Function>(widen(v[i])));
    store_vector(y + begin, v);
    return;
  }
  for (int64_t i = begin; i < n; ++i) y[i] = narrow<T>(value_of<Function>(widen(x[i])));
}

template <class Function, class T, int N>
__global__ void unary_backward_kernel(int64_t n, const T* x, const T* y, const T* dy, T* dx, bool add) {
  const int64_t begin = global_thread() * N;
  if (begin + N <= n) {
    const Vec<T, N> xs = load_vector<N>(x + begin), ys = load_vector<N>(y + begin),
                    dys = load_vector<N>(dy + begin);
    Vec<T, N> out{};
    if (add) out = load_vector<N>(dx + begin);
    for (int i = 0; i < N; ++i)
      accumulate(out[i], widen(dys[i]) * slope_of<Function>(widen(xs[i]), widen(ys[i])), add);
    store_vector(dx + begin, out);
    return;
  }
  for (int64_t i = begin; i < n; ++i)
    accumulate(dx[i], widen(dy[i]) * slope_of<Function>(widen(x[i]), widen(y[i])), add);
}

template <class T>
__global__ void binary_kernel(BinaryKind kind, int64_t n, int64_t columns, const T* a, const T* b,
                              Broadcast step, T* out, int64_t out_stride, bool add) {
  const int64_t i = global_thread();
  if (i >= n) return;
  const int64_t row = i / columns, column = i % columns;
  const Acc<T> second = widen(b[row * step.row_step + column * step.column_step]);
  accumulate(out[row * out_stride + column], combine(kind, widen(a[i]), second), add);
}

template <class T, int N, class Function>
void unary(CudaStream& stream, const Unary& k, Function) {
  const int64_t n = k.x.elements();
  launch_kernel(unary_kernel<Function, T, N>, blocks_for(n, kThreads * N), kThreads, 0, stream, n,
                k.x.as<T>(), k.y.as<T>());
}

template <class T, int N, class Function>
void unary_backward(CudaStream& stream, const UnaryBackward& k, Function) {
  const int64_t n = k.x.elements();
  launch_kernel(unary_backward_kernel<Function, T, N>, blocks_for(n, kThreads * N), kThreads, 0, stream, n,
                k.x.as<T>(), k.y.as<T>(), k.dy.as<T>(), k.dx.view.as<T>(), k.dx.add);
}

}  // namespace

void run(CudaStream& stream, const Unary& k) {
  const bool wide = rows_aligned(k.x) && rows_aligned(k.y);
  with_floating(k.x.dtype, [&](auto t) {
    using T = decltype(t);
    with_function(k.kind,
                  [&](auto f) { wide ? unary<T, kWide<T>>(stream, k, f) : unary<T, 1>(stream, k, f); });
  });
}

void run(CudaStream& stream, const UnaryBackward& k) {
  const bool wide = rows_aligned(k.x) && rows_aligned(k.y) && rows_aligned(k.dy) && rows_aligned(k.dx.view);
  with_floating(k.x.dtype, [&](auto t) {
    using T = decltype(t);
    with_function(k.kind, [&](auto f) {
      wide ? unary_backward<T, kWide<T>>(stream, k, f) : unary_backward<T, 1>(stream, k, f);
    });
  });
}

void run(CudaStream& stream, const Binary& k) {
  with_floating(k.a.dtype, [&](auto t) {
    using T = decltype(t);
    const int64_t n = k.a.elements();
    launch_kernel(binary_kernel<T>, blocks_for(n, kThreads), kThreads, 0, stream, k.kind, n, k.a.columns(),
                  k.a.as<T>(), k.b.as<T>(), broadcast(k.a.shape, k.b.shape), k.out.view.as<T>(),
                  k.out.view.row_stride, k.out.add);
  });
}

}  // namespace hone::kernels
