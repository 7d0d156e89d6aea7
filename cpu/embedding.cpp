#include "core/kernels/embedding.h"

#include <algorithm>

#include "core/dispatch.h"
#include "cpu/thread_pool.h"

namespace hone {
namespace {

constexpr int64_t kRows = 32;
constexpr int64_t kColumns = 64;  // of the table, in one chunk of the backward pass

template <class T>
void forward(const EmbeddingSum& k) {
  const int64_t columns = k.y.columns();
  parallel_ranges(k.y.rows(), kRows, [&](int64_t begin, int64_t end) {
    for (int64_t t = begin; t < end; ++t) {
      T* y = k.y.as<T>() + t * columns;
      for (size_t i = 0; i < k.tables.size(); ++i) {
        const T* row = k.tables[i].as<T>() + k.indices[i].as<int32_t>()[t] * k.tables[i].row_stride;
        if (i == 0) std::copy_n(row, columns, y);
        if (i > 0) std::transform(row, row + columns, y, y, [](Acc<T> a, Acc<T> b) { return T(b + a); });
      }
    }
  });
}

// Every chunk takes some columns of all tokens, so that tokens of one row are added in order without locks.
template <class T, class Out>
void backward(const EmbeddingBackward& k, Out* table) {
  const int64_t stride = k.dtable.view.row_stride;
  parallel_ranges(k.dy.columns(), kColumns, [&](int64_t begin, int64_t end) {
    if (k.dtable.beta == 0) {
      for (int64_t r = 0; r < k.dtable.view.rows(); ++r) std::fill_n(table + r * stride + begin, end - begin, Out(0));
    }
    for (int64_t t = 0; t < k.dy.rows(); ++t) {
      const int32_t index = k.index.as<int32_t>()[t];
      if (index == k.padding_index) continue;
      const T* dy = k.dy.as<T>() + t * k.dy.row_stride;
      Out* row = table + index * stride;
      for (int64_t c = begin; c < end; ++c) row[c] = Acc<T>(row[c]) + Acc<T>(dy[c]);
    }
  });
}

}  // namespace

void run(CpuStream&, const EmbeddingSum& k) {
  with_floating(k.y.dtype, [&](auto t) { forward<decltype(t)>(k); });
}

void run(CpuStream&, const EmbeddingBackward& k) {
  with_floating(k.dy.dtype, [&](auto t) {
    using T = decltype(t);
    with_output<T>(k.dtable.view, [&](auto* table) { backward<T>(k, table); });
  });
}

}  // namespace hone
