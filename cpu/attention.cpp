#include "core/kernels/attention.h"

#include "core/dispatch.h"
#include "cpu/isa.h"
#include "cpu/scratch.h"
#include "cpu/thread_pool.h"

namespace hone::kernels {
namespace {

template <class K>
AttentionItem item_of(const K& k, int64_t sequence, int64_t head) {
  return {head, k.query_lens.begin(sequence), k.query_lens.length(sequence), k.key_lens.begin(sequence),
          k.key_lens.length(sequence)};
}

DropoutRow dropout_of(const DropoutMask& dropout, int64_t sequence, int64_t head) {
  if (!dropout.active()) return {};
  return {dropout.seed(),
          dropout.site,
          dropout.step(),
          dropout.first_sequence() + static_cast<uint32_t>(sequence),
          static_cast<uint32_t>(head) << 16,
          dropout.threshold(),
          dropout.scale()};
}

// Calls loop(item, its dropout, scratch memory) for every sequence and head.
template <class T, class K, class Loop>
void each_item(const K& k, const Loop& loop) {
  parallel_for(k.query_lens.count() * k.heads, [&](int64_t i) {
    const int64_t sequence = i / k.heads, head = i % k.heads;
    const AttentionItem item = item_of(k, sequence, head);
    loop(item, dropout_of(k.dropout, sequence, head),
         thread_scratch<Acc<T>>(simd<T>().attention_scratch(item.keys, k.head_dim())));
  });
}

}  // namespace

void run(CpuStream&, const Attention& k) {
  with_floating(k.q.dtype, [&](auto t) {
    using T = decltype(t);
    each_item<T>(
        k, [tensors = AttentionRows<T>(k)](const auto&... rest) { simd<T>().attention(tensors, rest...); });
  });
}

void run(CpuStream&, const AttentionBackward& k) {
  with_floating(k.q.dtype, [&](auto t) {
    using T = decltype(t);
    each_item<T>(k, [tensors = AttentionBackwardRows<T>(k)](const auto&... rest) {
      simd<T>().attention_backward(tensors, rest...);
    });
  });
}

}  // namespace hone::kernels
