#include "core/kernels/rms_norm.h"

#include <cmath>

#include "core/accumulate.h"
#include "core/dispatch.h"
#include "cpu/thread_pool.h"

namespace hone::kernels {
namespace {

constexpr int64_t kRows = 16;

template <class T>
void forward_row(const RmsNorm& k, int64_t row) {
  using A = Acc<T>;
  const int64_t n = k.x.columns();
  const T* x = k.x.as<T>() + row * n;
  T* y = k.y.as<T>() + row * n;
  A squares = 0;
  for (int64_t c = 0; c < n; ++c) squares += A(x[c]) * A(x[c]);
  const A r = 1 / std::sqrt(squares / static_cast<A>(n) + static_cast<A>(k.eps));
  for (int64_t c = 0; c < n; ++c) y[c] = k.gamma.as<A>()[c] * A(x[c]) * r;
  k.r.as<A>()[row] = r;
}

template <class T>
void backward_row(const RmsNormBackward& k, int64_t row) {
  using A = Acc<T>;
  const int64_t n = k.x.columns();
  const T* x = k.x.as<T>() + row * n;
  const T* dy = k.dy.as<T>() + row * n;
  const A* gamma = k.gamma.as<A>();
  T* dx = k.dx.view.as<T>() + row * k.dx.view.row_stride;
  const A r = k.r.as<A>()[row];
  A s = 0;
  for (int64_t c = 0; c < n; ++c) s += A(dy[c]) * gamma[c] * A(x[c]);
  const A factor = r * r * r * s / static_cast<A>(n);
  for (int64_t c = 0; c < n; ++c) {
    accumulate(dx[c], r * A(dy[c]) * gamma[c] - A(x[c]) * factor, k.dx.add);
  }
}

// One column of dgamma, its rows in order: the same bits for any number of threads.
template <class T>
void backward_gamma(const RmsNormBackward& k, int64_t column) {
  using A = Acc<T>;
  const int64_t n = k.x.columns();
  A sum = 0;
  for (int64_t row = 0; row < k.x.rows(); ++row) {
    sum += A(k.dy.as<T>()[row * n + column]) * A(k.x.as<T>()[row * n + column]) * k.r.as<A>()[row];
  }
  accumulate(k.dgamma.view.as<A>()[column], sum, k.dgamma.add);
}

}  // namespace

void run(CpuStream&, const RmsNorm& k) {
  with_floating(k.x.dtype, [&](auto t) {
    parallel_ranges(k.x.rows(), kRows, [&](int64_t begin, int64_t end) {
      for (int64_t row = begin; row < end; ++row) forward_row<decltype(t)>(k, row);
    });
  });
}

void run(CpuStream&, const RmsNormBackward& k) {
  with_floating(k.x.dtype, [&](auto t) {
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
