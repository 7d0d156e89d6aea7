#include "core/kernels/attention.h"

#include "core/dispatch.h"
#include "cpu/isa.h"
#include "cpu/scratch.h"
#include "cpu/thread_pool.h"

namespace hone::kernels {
namespace {

// The part of the arguments that belongs to one sequence and head.
template <class T, class K>
AttentionItem<T> item_of(const K& k, int64_t sequence, int64_t head) {
  const int64_t d = k.head_dim(), q0 = k.query_lens.begin(sequence), k0 = k.key_lens.begin(sequence);
  const auto at = [&](const View& v, int64_t row) {
    return v.template as<T>() + row * v.row_stride + head * d;
  };
  AttentionItem<T> item{};
  item.q = at(k.q, q0);
  item.k = at(k.k, k0);
  item.v = at(k.v, k0);
  item.out = at(k.out, q0);
  item.lse = k.lse.template as<Acc<T>>() + head * k.query_lens.total() + q0;
  item.q_stride = k.q.row_stride;
  item.k_stride = k.k.row_stride;
  item.v_stride = k.v.row_stride;
  item.out_stride = k.out.row_stride;
  item.queries = k.query_lens.length(sequence);
  item.keys = k.key_lens.length(sequence);
  item.head_dim = d;
  if (k.dropout.active()) {
    item.dropout = {k.dropout.seed(),
                    k.dropout.site,
                    k.dropout.step(),
                    k.dropout.first_sequence() + static_cast<uint32_t>(sequence),
                    static_cast<uint32_t>(head) << 16,
                    k.dropout.threshold(),
                    k.dropout.scale()};
  }
  item.scratch = thread_scratch<Acc<T>>(simd<T>().attention_scratch(item.keys, d));
  return item;
}

template <class T>
T* grad_at(const GradOut& grad, int64_t row, int64_t column) {
  return grad ? grad.view.as<T>() + row * grad.view.row_stride + column : nullptr;
}

template <class T>
AttentionBackwardItem<T> backward_item_of(const AttentionBackward& k, int64_t sequence, int64_t head) {
  const int64_t column = head * k.head_dim(), q0 = k.query_lens.begin(sequence),
                k0 = k.key_lens.begin(sequence);
  return {item_of<T>(k, sequence, head),
          k.dout.as<T>() + q0 * k.dout.row_stride + column,
          k.dout.row_stride,
          grad_at<T>(k.dq, q0, column),
          grad_at<T>(k.dk, k0, column),
          grad_at<T>(k.dv, k0, column),
          k.dq.view.row_stride,
          k.dk.view.row_stride,
          k.dv.view.row_stride,
          k.dq.add,
          k.dk.add,
          k.dv.add};
}

}  // namespace

void run(CpuStream&, const Attention& k) {
  with_floating(k.q.dtype, [&](auto t) {
    using T = decltype(t);
    parallel_for(k.query_lens.count() * k.heads,
                 [&](int64_t i) { simd<T>().attention(item_of<T>(k, i / k.heads, i % k.heads)); });
  });
}

void run(CpuStream&, const AttentionBackward& k) {
  with_floating(k.q.dtype, [&](auto t) {
    using T = decltype(t);
    parallel_for(k.query_lens.count() * k.heads, [&](int64_t i) {
      simd<T>().attention_backward(backward_item_of<T>(k, i / k.heads, i % k.heads));
    });
  });
}

}  // namespace hone::kernels
