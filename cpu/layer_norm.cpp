#include "core/kernels/layer_norm.h"

#include <algorithm>

#include "core/accumulate.h"
#include "core/dispatch.h"
#include "cpu/dropout_rows.h"
#include "cpu/isa.h"
#include "cpu/scratch.h"
#include "cpu/thread_pool.h"

namespace hone::kernels {
namespace {

constexpr int64_t kRows = 32;  // rows of a chunk; in the backward pass each has partial sums of its own

template <class T>
void forward(const LayerNorm& k) {
  const LayerNormRows<T> tensors(k);
  parallel_ranges(tensors.rows, kRows, [&](int64_t begin, int64_t end) {
    DropoutRows rows(k.dropout, begin);
    Acc<T>* mask = k.dropout.active() ? thread_scratch<Acc<T>>(tensors.columns) : nullptr;
    for (int64_t r = begin; r < end; ++r) simd<T>().layer_norm(tensors, r, rows.at(r), mask);
  });
}

// out (+)= the chunks' parts, in order.
template <class T>
void combine(const GradOut& out, const T* parts, int64_t chunks, int64_t stride, int64_t columns) {
  if (!out) return;
  T* to = out.view.as<T>();
  for (int64_t c = 0; c < columns; ++c) {
    T sum = 0;
    for (int64_t chunk = 0; chunk < chunks; ++chunk) sum += parts[chunk * stride + c];
    accumulate(to[c], sum, out.add);
  }
}

template <class T>
void backward(const LayerNormBackward& k) {
  const LayerNormBackwardRows<T> tensors(k);
  const int64_t columns = k.h.columns(), chunks = (k.h.rows() + kRows - 1) / kRows;
  const Scratch<Acc<T>> parts(chunks * 3 * columns);  // for dbias, dgamma and dbeta
  parallel_ranges(k.h.rows(), kRows, [&](int64_t begin, int64_t end) {
    DropoutRows rows(k.dropout, begin);
    Acc<T>* mask = k.dropout.active() ? thread_scratch<Acc<T>>(columns) : nullptr;
    Acc<T>* part = parts + begin / kRows * 3 * columns;
    std::fill_n(part, 3 * columns, Acc<T>(0));
    for (int64_t r = begin; r < end; ++r) simd<T>().layer_norm_backward(tensors, r, rows.at(r), mask, part);
  });
  combine<Acc<T>>(k.dbias, parts.data(), chunks, 3 * columns, columns);
  combine<Acc<T>>(k.dgamma, parts.data() + columns, chunks, 3 * columns, columns);
  combine<Acc<T>>(k.dbeta, parts.data() + 2 * columns, chunks, 3 * columns, columns);
}

}  // namespace

void run(CpuStream&, const LayerNorm& k) {
  with_floating(k.x.dtype, [&](auto t) { forward<decltype(t)>(k); });
}

void run(CpuStream&, const LayerNormBackward& k) {
  with_floating(k.h.dtype, [&](auto t) { backward<decltype(t)>(k); });
}

}  // namespace hone::kernels
