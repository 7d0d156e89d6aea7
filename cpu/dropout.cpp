#include "core/kernels/dropout.h"

#include "core/accumulate.h"
#include "core/dispatch.h"
#include "cpu/dropout_rows.h"
#include "cpu/isa.h"
#include "cpu/scratch.h"
#include "cpu/thread_pool.h"

namespace hone::kernels {
namespace {

constexpr int64_t kRows = 16;

template <class T>
void apply(const Dropout& k) {
  const int64_t columns = k.x.columns();
  parallel_ranges(k.x.rows(), kRows, [&](int64_t begin, int64_t end) {
    DropoutRows rows(k.dropout, begin);
    Acc<T>* mask = thread_scratch<Acc<T>>(columns);
    for (int64_t r = begin; r < end; ++r) {
      simd<T>().dropout_mask(rows.at(r), columns, mask);
      const T* x = k.x.as<T>() + r * k.x.row_stride;
      T* out = k.out.view.as<T>() + r * k.out.view.row_stride;
      for (int64_t c = 0; c < columns; ++c) {
        accumulate(out[c], Acc<T>(x[c]) * mask[c], k.out.add);
      }
    }
  });
}

}  // namespace

void run(CpuStream&, const Dropout& k) {
  with_floating(k.x.dtype, [&](auto t) { apply<decltype(t)>(k); });
}

}  // namespace hone::kernels
