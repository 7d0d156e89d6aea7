#include "core/kernels/embedding.h"

#include <algorithm>
#include <array>

#include "core/dispatch.h"
#include "cpu/thread_pool.h"

namespace hone::kernels {
namespace {

constexpr int64_t kRows = 32;
constexpr int64_t kColumns = 64;  // columns of the table in one chunk of the backward pass

template <size_t count, class T, class Out>
void forward(const EmbeddingSum& k) {
  const int64_t columns = k.y.columns();
  parallel_ranges(k.y.rows(), kRows, [&](int64_t begin, int64_t end) {
    for (int64_t t = begin; t < end; ++t) {
      std::array<const T*, count> rows;
      for (size_t i = 0; i < count; ++i) {
        rows[i] = k.tables[i].as<T>() + k.indices[i].as<int32_t>()[t] * k.tables[i].row_stride;
      }
      Out* y = k.y.as<Out>() + t * columns;
      for (int64_t c = 0; c < columns; ++c) {
        Acc<T> sum = rows[0][c];
        for (size_t i = 1; i < count; ++i) sum += Acc<T>(rows[i][c]);
        y[c] = Out(sum);
      }
    }
  });
}

template <class T, class Out>
void forward(const EmbeddingSum& k) {
  switch (k.tables.size()) {
    case 1:
      return forward<1, T, Out>(k);
    case 2:
      return forward<2, T, Out>(k);
    default:
      return forward<3, T, Out>(k);
  }
}

// Marks the rows that the backward pass writes to, once, before threads share out the columns.
template <class Out>
void mark_rows(const TableGradient& table) {
  const int64_t columns = table.dtable.view.columns();
  if (columns == 0) return;
  for (int64_t t = 0; t < table.index.elements(); ++t) {
    const int64_t index = table.index.as<int32_t>()[t];
    if (index == table.padding_index) continue;
    const int64_t first = index * columns / kMarked<Out>, last = ((index + 1) * columns - 1) / kMarked<Out>;
    std::fill(table.marks.as<int32_t>() + first, table.marks.as<int32_t>() + last + 1, mark::kGradient);
  }
}

// Adds up dy: a chunk is some columns of all tokens, so that tokens of one row are added in order without
// locks.
template <class T, class Out>
void backward(const View& dy, const TableGradient& table, Out* rows) {
  const View& dtable = table.dtable.view;
  parallel_ranges(dy.columns(), kColumns, [&](int64_t begin, int64_t end) {
    if (!table.dtable.add) {
      for (int64_t r = 0; r < dtable.rows(); ++r)
        std::fill_n(rows + r * dtable.row_stride + begin, end - begin, Out(0));
    }
    for (int64_t t = 0; t < dy.rows(); ++t) {
      const int32_t index = table.index.as<int32_t>()[t];
      if (index == table.padding_index) continue;
      const T* from = dy.as<T>() + t * dy.row_stride;
      Out* row = rows + index * dtable.row_stride;
      for (int64_t c = begin; c < end; ++c) row[c] = Acc<T>(row[c]) + Acc<T>(from[c]);
    }
  });
}

}  // namespace

void run(CpuStream&, const EmbeddingSum& k) {
  with_floating(k.tables[0].dtype, [&](auto t) {
    using T = decltype(t);
    if constexpr (std::is_same_v<T, float>) {
      if (k.y.dtype == Dtype::bf16) return forward<float, bf16>(k);
    }
    forward<T, T>(k);
  });
}

void run(CpuStream&, const EmbeddingBackward& k) {
  with_floating(k.dy.dtype, [&](auto t) {
    using T = decltype(t);
    for (const TableGradient& table : k.tables) {
      with_output<T>(table.dtable.view, [&](auto* rows) {
        if (table.marks) mark_rows<std::remove_pointer_t<decltype(rows)>>(table);
        backward<T>(k.dy, table, rows);
      });
    }
  });
}

}  // namespace hone::kernels
