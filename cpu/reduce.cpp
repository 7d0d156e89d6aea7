#include "core/kernels/reduce.h"

#include <algorithm>

#include "core/accumulate.h"
#include "core/dispatch.h"
#include "cpu/isa.h"
#include "cpu/scratch.h"
#include "cpu/thread_pool.h"

namespace hone::kernels {
namespace {

constexpr int64_t kRows = 64;  // rows in one partial sum

template <class T>
void put(const Sum& k, int64_t i, Acc<T> sum) {
  const Acc<T> value = static_cast<Acc<T>>(k.scale) * sum;
  with_output<T>(k.out.view, [&](auto* out) { accumulate(out[i], value, k.out.add); });
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

constexpr int64_t kBlock = 1024;  // numbers of a row in one partial sum

// The sum of n numbers, in several sums side by side, which is both faster and more accurate than one.
template <class T>
Acc<T> block_sum(const T* x, int64_t n) {
  constexpr int kSums = 16;
  Acc<T> sums[kSums] = {};
  int64_t i = 0;
  for (; i + kSums <= n; i += kSums) {
    for (int j = 0; j < kSums; ++j) sums[j] += Acc<T>(x[i + j]);
  }
  for (int j = 0; i < n; ++i, ++j) sums[j] += Acc<T>(x[i]);
  for (int width = kSums / 2; width > 0; width /= 2) {
    for (int j = 0; j < width; ++j) sums[j] += sums[j + width];
  }
  return sums[0];
}

// The sums of `rows` rows, each in blocks of fixed size that are added in their order, in f64, and passed to
// store(row, sum).
template <class T, class F>
void row_sums(const T* x, int64_t rows, int64_t columns, int64_t stride, const F& store) {
  const int64_t blocks = std::max<int64_t>(1, (columns + kBlock - 1) / kBlock);
  const int64_t together = std::max<int64_t>(1, kRows / blocks);
  const Scratch<double> parts(rows * blocks);
  parallel_ranges(rows * blocks, together, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const int64_t first = i % blocks * kBlock;
      parts.data()[i] = block_sum(x + i / blocks * stride + first, std::min(kBlock, columns - first));
    }
  });
  for (int64_t r = 0; r < rows; ++r) {
    double sum = 0;
    for (int64_t b = 0; b < blocks; ++b) sum += parts.data()[r * blocks + b];
    store(r, sum);
  }
}

template <class T>
void over_columns(const Sum& k) {
  row_sums(k.x.as<T>(), k.x.rows(), k.x.columns(), k.x.row_stride,
           [&](int64_t r, double sum) { put<T>(k, r, static_cast<Acc<T>>(sum)); });
}

template <class T>
void over_all(const Sum& k) {
  const bool one_row = k.x.row_stride == k.x.columns();
  double total = 0;
  row_sums(k.x.as<T>(), one_row ? 1 : k.x.rows(), one_row ? k.x.elements() : k.x.columns(), k.x.row_stride,
           [&](int64_t, double sum) { total += sum; });
  put<T>(k, 0, static_cast<Acc<T>>(total));
}

}  // namespace

void run(CpuStream&, const Sum& k) {
  with_floating(k.x.dtype, [&](auto t) {
    using T = decltype(t);
    if (k.axis == Axis::rows) over_rows<T>(k);
    if (k.axis == Axis::columns) over_columns<T>(k);
    if (k.axis == Axis::all) over_all<T>(k);
  });
}

}  // namespace hone::kernels
