// Cross-entropy over the softmax of logits, a block a row, and one block that adds up the rows' losses in an
// order of its own. Must move the logits and the probabilities once; with a few dozen rows of two classes the
// launches are all that takes time.
#include "core/kernels/cross_entropy.h"

#include <hone/core/tensor.h>
#include "cuda/rows.h"

namespace hone::kernels {
namespace {

constexpr int kThreads = 256;

template <class T>
__global__ void rows_kernel(int64_t classes, const T* logits, const int32_t* labels, T* probabilities,
                            T* losses) {
  T* scratch = shared_memory<T>();
  const T* x = logits + blockIdx.x * classes;
  T* p = probabilities + blockIdx.x * classes;
  T top = -INFINITY, sum = 0;
  for (int64_t c = threadIdx.x; c < classes; c += blockDim.x) top = std::max(top, x[c]);
  top = block_max(top, scratch);
  for (int64_t c = threadIdx.x; c < classes; c += blockDim.x) sum += p[c] = device::exp(x[c] - top);
  sum = block_sum(sum, scratch);
  for (int64_t c = threadIdx.x; c < classes; c += blockDim.x) p[c] /= sum;
  // In this order a sure row's tiny loss keeps its digits.
  const int32_t label = labels[blockIdx.x];
  if (threadIdx.x == 0) losses[blockIdx.x] = label == kNoLabel ? T(0) : device::log(sum) - (x[label] - top);
}

template <class T>
__global__ void loss_kernel(int64_t rows, const T* losses, T divisor, T* loss) {
  T sum = 0;
  for (int64_t r = threadIdx.x; r < rows; r += blockDim.x) sum += losses[r];
  sum = block_sum(sum, shared_memory<T>());
  if (threadIdx.x == 0) *loss = sum / divisor;
}

template <class T>
__global__ void backward_kernel(int64_t n, int64_t classes, const T* probabilities, const int32_t* labels,
                                const T* dloss, T divisor, T* dlogits, int64_t stride, bool add) {
  const int64_t i = global_thread();
  if (i >= n) return;
  const int64_t row = quotient(i, classes), c = i - row * classes;
  const int32_t label = labels[row];
  const T expected = c == label ? T(1) : T(0);
  const T d = label == kNoLabel
                  ? T(0)
                  : *dloss / divisor * (probabilities[i] - expected);  // which may be NaN without a label
  accumulate(dlogits[row * stride + c], d, add);
}

}  // namespace

void run(CudaStream& stream, const CrossEntropy& k) {
  with_master(k.logits.dtype, [&](auto t) {
    using T = decltype(t);
    const int64_t rows = k.logits.rows(), classes = k.logits.columns();
    const int threads = threads_for_row(classes);
    const Tensor losses = Tensor::empty({rows}, k.logits.dtype, stream.device);
    T* const of_rows = losses.view().as<T>();
    launch_kernel(rows_kernel<T>, rows, threads, threads / kWarp * sizeof(T), stream, classes,
                  k.logits.as<T>(), k.labels.as<int32_t>(), k.probabilities.as<T>(), of_rows);
    launch_kernel(loss_kernel<T>, 1, kThreads, kThreads / kWarp * sizeof(T), stream, rows, of_rows, k.divisor,
                  k.loss.as<T>());
  });
}

void run(CudaStream& stream, const CrossEntropyBackward& k) {
  with_master(k.probabilities.dtype, [&](auto t) {
    using T = decltype(t);
    const int64_t n = k.probabilities.elements();
    launch_kernel(backward_kernel<T>, blocks_for(n, kThreads), kThreads, 0, stream, n,
                  k.probabilities.columns(), k.probabilities.as<T>(), k.labels.as<int32_t>(), k.dloss.as<T>(),
                  k.divisor, k.dlogits.view.as<T>(), k.dlogits.view.row_stride, k.dlogits.add);
  });
}

}  // namespace hone::kernels
