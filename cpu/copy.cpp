#include "core/kernels/copy.h"

#include <algorithm>

#include "cpu/dispatch.h"
#include "cpu/thread_pool.h"

namespace hone {
namespace {

constexpr int64_t kRows = 64;

template <class T>
void copy(const Copy& k) {
  const int64_t columns = k.x.columns();
  const T scale = static_cast<T>(k.scale);
  parallel_ranges(k.x.rows(), kRows, [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) {
      const T* x = k.x.as<T>() + r * k.x.row_stride;
      T* out = k.out.view.as<T>() + r * k.out.view.row_stride;
      for (int64_t c = 0; c < columns; ++c) out[c] = k.out.beta != 0 ? out[c] + scale * x[c] : scale * x[c];
    }
  });
}

template <class T>
void transpose(const Transpose& k) {
  const int64_t rows = k.x.rows();
  parallel_ranges(k.x.columns(), kRows, [&](int64_t begin, int64_t end) {
    for (int64_t c = begin; c < end; ++c) {
      T* out = k.y.view.as<T>() + c * k.y.view.row_stride;
      for (int64_t r = 0; r < rows; ++r) {
        const T x = k.x.as<T>()[r * k.x.row_stride + c];
        out[r] = k.y.beta != 0 ? out[r] + x : x;
      }
    }
  });
}

}  // namespace

void run(CpuStream&, const Copy& k) {
  if (k.x.dtype == Dtype::i32) return copy<int32_t>(k);
  with_floating(k.x.dtype, [&](auto t) { copy<decltype(t)>(k); });
}

void run(CpuStream&, const Transpose& k) {
  with_floating(k.x.dtype, [&](auto t) { transpose<decltype(t)>(k); });
}

}  // namespace hone
