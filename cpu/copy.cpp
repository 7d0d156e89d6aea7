#include "core/kernels/copy.h"

#include <algorithm>

#include "core/accumulate.h"
#include "core/dispatch.h"
#include "cpu/thread_pool.h"

namespace hone::kernels {
namespace {

constexpr int64_t kRows = 64;

template <class T, class Out>
void copy(const Copy& k) {
  using A = Acc<Out>;
  const int64_t columns = k.x.columns();
  const A scale = static_cast<A>(k.scale);
  parallel_ranges(k.x.rows(), kRows, [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) {
      const T* x = k.x.as<T>() + r * k.x.row_stride;
      Out* out = k.out.view.as<Out>() + r * k.out.view.row_stride;
      for (int64_t c = 0; c < columns; ++c) {
        accumulate(out[c], scale * static_cast<A>(x[c]), k.out.add);
      }
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
        accumulate(out[r], Acc<T>(x), k.y.add);
      }
    }
  });
}

}  // namespace

void run(CpuStream&, const Copy& k) {
  if (k.x.dtype == Dtype::i32) return copy<int32_t, int32_t>(k);
  with_stored(k.x.dtype, [&](auto from) {
    with_stored(k.out.view.dtype, [&](auto to) { copy<decltype(from), decltype(to)>(k); });
  });
}

void run(CpuStream&, const Transpose& k) {
  with_floating(k.x.dtype, [&](auto t) { transpose<decltype(t)>(k); });
}

}  // namespace hone::kernels
