#include "core/kernels/elementwise.h"

#include "core/accumulate.h"
#include "core/dispatch.h"
#include "cpu/isa.h"
#include "cpu/thread_pool.h"

namespace hone::kernels {
namespace {

constexpr int64_t kChunk = 8192;

template <class T>
void binary(const Binary& k) {
  const Broadcast step = broadcast(k.a.shape, k.b.shape);
  const int64_t columns = k.a.columns();
  parallel_ranges(k.a.rows(), kChunk / (columns + 1) + 1, [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) {
      const T* a = k.a.as<T>() + r * columns;
      const T* b = k.b.as<T>() + r * step.row_step;
      T* out = k.out.view.as<T>() + r * k.out.view.row_stride;
      for (int64_t c = 0; c < columns; ++c) {
        accumulate(out[c], combine<Acc<T>>(k.kind, a[c], b[c * step.column_step]), k.out.add);
      }
    }
  });
}

}  // namespace

void run(CpuStream&, const Unary& k) {
  with_floating(k.x.dtype, [&](auto t) {
    using T = decltype(t);
    parallel_ranges(k.x.elements(), kChunk, [&](int64_t begin, int64_t end) {
      simd<T>().unary(k.kind, end - begin, k.x.as<T>() + begin, k.y.as<T>() + begin);
    });
  });
}

void run(CpuStream&, const UnaryBackward& k) {
  with_floating(k.x.dtype, [&](auto t) {
    using T = decltype(t);
    parallel_ranges(k.x.elements(), kChunk, [&](int64_t begin, int64_t end) {
      simd<T>().unary_backward(k.kind, end - begin, k.x.as<T>() + begin, k.y.as<T>() + begin,
                               k.dy.as<T>() + begin, k.dx.view.as<T>() + begin, k.dx.add);
    });
  });
}

void run(CpuStream&, const Binary& k) {
  with_floating(k.a.dtype, [&](auto t) { binary<decltype(t)>(k); });
}

}  // namespace hone::kernels
