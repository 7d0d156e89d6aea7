#include "core/kernels/softmax.h"

#include <algorithm>
#include <cmath>

#include "core/accumulate.h"
#include "core/dispatch.h"
#include "cpu/thread_pool.h"

namespace hone::kernels {
namespace {

constexpr int64_t kRows = 16;

template <class T>
void softmax_row(const T* x, T* y, int64_t n, bool log) {
  const T top = *std::max_element(x, x + n);
  T sum = 0;
  for (int64_t c = 0; c < n; ++c) sum += std::exp(x[c] - top);
  const T log_sum = std::log(sum);
  for (int64_t c = 0; c < n; ++c) y[c] = log ? x[c] - top - log_sum : std::exp(x[c] - top) / sum;
}

template <class T>
void softmax_backward_row(const T* y, const T* dy, T* dx, int64_t n, bool log, bool add) {
  T sum = 0;
  for (int64_t c = 0; c < n; ++c) sum += log ? dy[c] : y[c] * dy[c];
  for (int64_t c = 0; c < n; ++c) {
    const T d = log ? dy[c] - std::exp(y[c]) * sum : y[c] * (dy[c] - sum);
    accumulate(dx[c], d, add);
  }
}

}  // namespace

void run(CpuStream&, const Softmax& k) {
  with_master(k.x.dtype, [&](auto t) {
    using T = decltype(t);
    const int64_t n = k.x.columns();
    parallel_ranges(k.x.rows(), kRows, [&](int64_t begin, int64_t end) {
      for (int64_t r = begin; r < end; ++r) softmax_row(k.x.as<T>() + r * n, k.y.as<T>() + r * n, n, k.log);
    });
  });
}

void run(CpuStream&, const SoftmaxBackward& k) {
  with_master(k.y.dtype, [&](auto t) {
    using T = decltype(t);
    const int64_t n = k.y.columns();
    parallel_ranges(k.y.rows(), kRows, [&](int64_t begin, int64_t end) {
      for (int64_t r = begin; r < end; ++r) {
        softmax_backward_row(k.y.as<T>() + r * n, k.dy.as<T>() + r * n,
                             k.dx.view.as<T>() + r * k.dx.view.row_stride, n, k.log, k.dx.add);
      }
    });
  });
}

}  // namespace hone::kernels
