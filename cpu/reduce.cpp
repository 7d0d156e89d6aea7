#include "core/kernels/reduce.h"

#include <algorithm>

#include "core/dispatch.h"
#include "cpu/isa.h"
#include "cpu/scratch.h"
#include "cpu/thread_pool.h"

namespace hone {
namespace {

constexpr int64_t kRows = 64;  // rows in one partial sum

template <class T>
void put(const Sum& k, int64_t i, Acc<T> sum) {
  const Acc<T> value = static_cast<Acc<T>>(k.scale) * sum;
  with_output<T>(k.out.view, [&](auto* out) { out[i] = k.out.beta != 0 ? Acc<T>(out[i]) + value : value; });
}

template <class T>
void over_rows(const Sum& k) {
  const int64_t columns = k.x.columns(), chunks = (k.x.rows() + kRows - 1) / kRows;
  const Scratch<Acc<T>> parts(chunks * columns);
  parallel_ranges(k.x.rows(), kRows, [&](int64_t begin, int64_t end) {
    Acc<T>* part = parts + begin / kRows * columns;
    std::fill_n(part, columns, Acc<T>(0));
    simd<T>().add_rows(k.x.as<T>() + begin * k.x.row_stride, k.x.row_stride, end - begin, columns, part);
  });
  for (int64_t chunk = 1; chunk < chunks; ++chunk) {
    for (int64_t c = 0; c < columns; ++c) parts.data()[c] += parts.data()[chunk * columns + c];
  }
  for (int64_t c = 0; c < columns; ++c) put<T>(k, c, chunks ? parts.data()[c] : Acc<T>(0));
}

template <class T>
Acc<T> row_sum(const View& x, int64_t row) {
  const T* values = x.as<T>() + row * x.row_stride;
  Acc<T> sum = 0;
  for (int64_t c = 0; c < x.columns(); ++c) sum += values[c];
  return sum;
}

template <class T>
void over_columns(const Sum& k) {
  parallel_ranges(k.x.rows(), kRows, [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) put<T>(k, r, row_sum<T>(k.x, r));
  });
}

template <class T>
void over_all(const Sum& k) {
  const Scratch<Acc<T>> sums(k.x.rows());
  parallel_ranges(k.x.rows(), kRows, [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) sums.data()[r] = row_sum<T>(k.x, r);
  });
  Acc<T> total = 0;
  for (int64_t r = 0; r < k.x.rows(); ++r) total += sums.data()[r];
  put<T>(k, 0, total);
}

}  // namespace

void run(CpuStream&, const Sum& k) {
  with_floating(k.x.dtype, [&](auto t) {
    using T = decltype(t);
    if (k.kind == SumKind::over_rows) over_rows<T>(k);
    if (k.kind == SumKind::over_columns) over_columns<T>(k);
    if (k.kind == SumKind::over_all) over_all<T>(k);
  });
}

}  // namespace hone
