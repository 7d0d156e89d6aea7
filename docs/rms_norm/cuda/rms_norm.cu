#include "core/kernels/rms_norm.h"

#include "cuda/device.h"

namespace hone::kernels {
namespace {

constexpr int kThreads = 128;

// A row each block. Every thread adds up a part of it; block_sum() adds the parts in an order that is always
// the same.
template <class T>
__global__ void forward_kernel(int64_t columns, const T* x, const T* gamma, T eps, T* y, T* r) {
  const T* row = x + blockIdx.x * columns;
  T squares = 0;
  for (int64_t c = threadIdx.x; c < columns; c += kThreads) squares += row[c] * row[c];
  squares = block_sum(squares, shared_memory<T>());
  const T scale = 1 / device::sqrt(squares / static_cast<T>(columns) + eps);
  for (int64_t c = threadIdx.x; c < columns; c += kThreads)
    y[blockIdx.x * columns + c] = gamma[c] * row[c] * scale;
  if (threadIdx.x == 0) r[blockIdx.x] = scale;
}

template <class T>
__global__ void backward_kernel(int64_t columns, const T* x, const T* gamma, const T* r, const T* dy, T* dx,
                                bool add) {
  const int64_t begin = blockIdx.x * columns;
  const T scale = r[blockIdx.x];
  T s = 0;
  for (int64_t c = threadIdx.x; c < columns; c += kThreads) s += dy[begin + c] * gamma[c] * x[begin + c];
  const T factor = scale * scale * scale * block_sum(s, shared_memory<T>()) / static_cast<T>(columns);
  for (int64_t c = threadIdx.x; c < columns; c += kThreads) {
    accumulate(dx[begin + c], scale * dy[begin + c] * gamma[c] - x[begin + c] * factor, add);
  }
}

// A column of dgamma each thread, its rows in order.
template <class T>
__global__ void gamma_kernel(int64_t rows, int64_t columns, const T* x, const T* r, const T* dy, T* dgamma,
                             bool add) {
  const int64_t c = global_thread();
  if (c >= columns) return;
  T sum = 0;
  for (int64_t row = 0; row < rows; ++row) sum += dy[row * columns + c] * x[row * columns + c] * r[row];
  accumulate(dgamma[c], sum, add);
}

}  // namespace

void run(CudaStream& stream, const RmsNorm& k) {
  with_master(k.x.dtype, [&](auto t) {
    using T = decltype(t);
    launch_kernel(forward_kernel<T>, k.x.rows(), kThreads, kThreads / kWarp * sizeof(T), stream,
                  k.x.columns(), k.x.as<T>(), k.gamma.as<T>(), static_cast<T>(k.eps), k.y.as<T>(),
                  k.r.as<T>());
  });
}

void run(CudaStream& stream, const RmsNormBackward& k) {
  with_master(k.x.dtype, [&](auto t) {
    using T = decltype(t);
    const int64_t rows = k.x.rows(), columns = k.x.columns();
    if (k.dx) {
      launch_kernel(backward_kernel<T>, rows, kThreads, kThreads / kWarp * sizeof(T), stream, columns,
                    k.x.as<T>(), k.gamma.as<T>(), k.r.as<T>(), k.dy.as<T>(), k.dx.view.as<T>(), k.dx.add);
    }
    if (k.dgamma) {
      launch_kernel(gamma_kernel<T>, blocks_for(columns, kThreads), kThreads, 0, stream, rows, columns,
                    k.x.as<T>(), k.r.as<T>(), k.dy.as<T>(), k.dgamma.view.as<T>(), k.dgamma.add);
    }
  });
}

}  // namespace hone::kernels
