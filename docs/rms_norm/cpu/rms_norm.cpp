#include "core/kernels/rms_norm.h"

#include <cmath>

#include "core/dispatch.h"
#include "cpu/thread_pool.h"

namespace hone::kernels {
namespace {

constexpr int64_t kRows = 16;

template <class T>
void put(const GradOut& out, int64_t i, T gradient) {
  T& to = out.view.as<T>()[i];
  to = out.add ? to + gradient : gradient;
}

template <class T>
void forward_row(const RmsNorm& k, int64_t row) {
  const int64_t n = k.x.columns();
  const T* x = k.x.as<T>() + row * n;
  T* y = k.y.as<T>() + row * n;
  T squares = 0;
  for (int64_t c = 0; c < n; ++c) squares += x[c] * x[c];
  const T r = 1 / std::sqrt(squares / static_cast<T>(n) + static_cast<T>(k.eps));
  for (int64_t c = 0; c < n; ++c) y[c] = k.gamma.as<T>()[c] * x[c] * r;
  k.r.as<T>()[row] = r;
}

template <class T>
void backward_row(const RmsNormBackward& k, int64_t row) {
  const int64_t n = k.x.columns();
  const T* x = k.x.as<T>() + row * n;
  const T* dy = k.dy.as<T>() + row * n;
  const T* gamma = k.gamma.as<T>();
  const T r = k.r.as<T>()[row];
  T s = 0;
  for (int64_t c = 0; c < n; ++c) s += dy[c] * gamma[c] * x[c];
  const T factor = r * r * r * s / static_cast<T>(n);
  for (int64_t c = 0; c < n; ++c) put(k.dx, row * n + c, r * dy[c] * gamma[c] - x[c] * factor);
}

// One column of dgamma, its rows in order: the same bits for any number of threads.
template <class T>
void backward_gamma(const RmsNormBackward& k, int64_t column) {
  const int64_t n = k.x.columns();
  T sum = 0;
  for (int64_t row = 0; row < k.x.rows(); ++row) {
    sum += k.dy.as<T>()[row * n + column] * k.x.as<T>()[row * n + column] * k.r.as<T>()[row];
  }
  put(k.dgamma, column, sum);
}

}  // namespace

void run(CpuStream&, const RmsNorm& k) {
  with_master(k.x.dtype, [&](auto t) {
    parallel_ranges(k.x.rows(), kRows, [&](int64_t begin, int64_t end) {
      for (int64_t row = begin; row < end; ++row) forward_row<decltype(t)>(k, row);
    });
  });
}

void run(CpuStream&, const RmsNormBackward& k) {
  with_master(k.x.dtype, [&](auto t) {
    using T = decltype(t);
    parallel_ranges(k.dx ? k.x.rows() : 0, kRows, [&](int64_t begin, int64_t end) {
      for (int64_t row = begin; row < end; ++row) backward_row<T>(k, row);
    });
    parallel_ranges(k.dgamma ? k.x.columns() : 0, kRows, [&](int64_t begin, int64_t end) {
      for (int64_t column = begin; column < end; ++column) backward_gamma<T>(k, column);
    });
  });
}

}  // namespace hone::kernels
