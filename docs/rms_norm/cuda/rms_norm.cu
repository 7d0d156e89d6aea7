// Root mean square normalisation, a block of 128 threads a row; dgamma a thread a column. Must move x and y
// once, backward x and dy twice and dx once.
#include "core/kernels/rms_norm.h"

#include "cuda/device.h"

namespace hone::kernels {
namespace {

constexpr int kThreads = 128;

// Every thread adds up a part of the block's row; block_sum() adds the parts in an order that is always the
// same.
template <class T, class A = Acc<T>>
__global__ void forward_kernel(int64_t columns, const T* x, const A* gamma, A eps, T* y, A* r) {
  const T* row = x + blockIdx.x * columns;
  A squares = 0;
  for (int64_t c = threadIdx.x; c < columns; c += kThreads) squares += widen(row[c]) * widen(row[c]);
  squares = block_sum(squares, shared_memory<A>());
  const A scale = 1 / device::sqrt(squares / static_cast<A>(columns) + eps);
  for (int64_t c = threadIdx.x; c < columns; c += kThreads)
    y[blockIdx.x * columns + c] = narrow<T>(gamma[c] * widen(row[c]) * scale);
  if (threadIdx.x == 0) r[blockIdx.x] = scale;
}

template <class T, class A = Acc<T>>
__global__ void backward_kernel(int64_t columns, const T* x, const A* gamma, const A* r, const T* dy, T* dx,
                                int64_t dx_stride, bool add) {
  x += blockIdx.x * columns;
  dy += blockIdx.x * columns;
  dx += blockIdx.x * dx_stride;
  const A scale = r[blockIdx.x];
  A s = 0;
  for (int64_t c = threadIdx.x; c < columns; c += kThreads) s += widen(dy[c]) * gamma[c] * widen(x[c]);
  const A factor = scale * scale * scale * block_sum(s, shared_memory<A>()) / static_cast<A>(columns);
  for (int64_t c = threadIdx.x; c < columns; c += kThreads)
    accumulate(dx[c], scale * widen(dy[c]) * gamma[c] - widen(x[c]) * factor, add);
}

// A column of dgamma each thread, its rows in order.
template <class T, class A = Acc<T>>
__global__ void gamma_kernel(int64_t rows, int64_t columns, const T* x, const A* r, const T* dy, A* dgamma,
                             bool add) {
  const int64_t c = global_thread();
  if (c >= columns) return;
  A sum = 0;
  for (int64_t row = 0; row < rows; ++row)
    sum += widen(dy[row * columns + c]) * widen(x[row * columns + c]) * r[row];
  accumulate(dgamma[c], sum, add);
}

}  // namespace

void run(CudaStream& stream, const RmsNorm& k) {
  with_floating(k.x.dtype, [&](auto t) {
    using T = decltype(t);
    using A = Acc<T>;
    launch_kernel(forward_kernel<T>, k.x.rows(), kThreads, kThreads / kWarp * sizeof(A), stream,
                  k.x.columns(), k.x.as<T>(), k.gamma.as<A>(), static_cast<A>(k.eps), k.y.as<T>(),
                  k.r.as<A>());
  });
}

void run(CudaStream& stream, const RmsNormBackward& k) {
  with_floating(k.x.dtype, [&](auto t) {
    using T = decltype(t);
    using A = Acc<T>;
    const int64_t rows = k.x.rows(), columns = k.x.columns();
    if (k.dx) {
      launch_kernel(backward_kernel<T>, rows, kThreads, kThreads / kWarp * sizeof(A), stream, columns,
                    k.x.as<T>(), k.gamma.as<A>(), k.r.as<A>(), k.dy.as<T>(), k.dx.view.as<T>(),
                    k.dx.view.row_stride, k.dx.add);
    }
    if (k.dgamma) {
      launch_kernel(gamma_kernel<T>, blocks_for(columns, kThreads), kThreads, 0, stream, rows, columns,
                    k.x.as<T>(), k.r.as<A>(), k.dy.as<T>(), k.dgamma.view.as<A>(), k.dgamma.add);
    }
  });
}

}  // namespace hone::kernels
