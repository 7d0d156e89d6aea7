// Softmax of rows, a block a row (one warp for rows of up to 1024). Must move x and y once, backward y, dy
// and dx; a row is read two or three times, but from the cache after the first.
#include "core/kernels/softmax.h"

#include "cuda/rows.h"

namespace hone::kernels {
namespace {

template <class T>
__global__ void softmax_kernel(int64_t columns, const T* x, T* y, bool log) {
  T* scratch = shared_memory<T>();
  x += blockIdx.x * columns;
  y += blockIdx.x * columns;
  T top = -INFINITY, sum = 0;
  for (int64_t c = threadIdx.x; c < columns; c += blockDim.x) top = std::max(top, x[c]);
  top = block_max(top, scratch);
  for (int64_t c = threadIdx.x; c < columns; c += blockDim.x) sum += device::exp(x[c] - top);
  sum = block_sum(sum, scratch);
  const T log_sum = device::log(sum);
  for (int64_t c = threadIdx.x; c < columns; c += blockDim.x)
    y[c] = log ? x[c] - top - log_sum : device::exp(x[c] - top) / sum;
}

template <class T>
__global__ void softmax_backward_kernel(int64_t columns, const T* y, const T* dy, T* dx, int64_t dx_stride,
                                        bool log, bool add) {
  y += blockIdx.x * columns;
  dy += blockIdx.x * columns;
  dx += blockIdx.x * dx_stride;
  T sum = 0;
  for (int64_t c = threadIdx.x; c < columns; c += blockDim.x) sum += log ? dy[c] : y[c] * dy[c];
  sum = block_sum(sum, shared_memory<T>());
  for (int64_t c = threadIdx.x; c < columns; c += blockDim.x)
    accumulate(dx[c], log ? dy[c] - device::exp(y[c]) * sum : y[c] * (dy[c] - sum), add);
}

}  // namespace

void run(CudaStream& stream, const Softmax& k) {
  with_master(k.x.dtype, [&](auto t) {
    using T = decltype(t);
    const int threads = threads_for_row(k.x.columns());
    launch_kernel(softmax_kernel<T>, k.x.rows(), threads, threads / kWarp * sizeof(T), stream, k.x.columns(),
                  k.x.as<T>(), k.y.as<T>(), k.log);
  });
}

void run(CudaStream& stream, const SoftmaxBackward& k) {
  with_master(k.y.dtype, [&](auto t) {
    using T = decltype(t);
    const int threads = threads_for_row(k.y.columns());
    launch_kernel(softmax_backward_kernel<T>, k.y.rows(), threads, threads / kWarp * sizeof(T), stream,
                  k.y.columns(), k.y.as<T>(), k.dy.as<T>(), k.dx.view.as<T>(), k.dx.view.row_stride, k.log,
                  k.dx.add);
  });
}

}  // namespace hone::kernels
