#pragma once

#include "core/kernels/attention.h"
#include "cuda/real/cudnn_api.h"

namespace hone::kernels {

// The tensors of both graphs, by the numbers that cuDNN knows them by; those of ragged_rows() come from
// kRaggedIds on. The last three and kScale are numbers of the host.
enum CudnnId : int64_t {
  kQ = 1,
  kK,
  kV,
  kOut,
  kLse,
  kDout,
  kDq,
  kDk,
  kDv,
  kRowSums,
  kScale,
  kOne,
  kMinusInfinity
};
constexpr int64_t kRaggedIds = 100;

// The sizes that a plan is made for: at least as many sequences and tokens as there are, so that few plans
// serve many batches.
struct Bucket {
  int64_t sequences, queries, keys;  // the last two of the longest sequence

  template <class K>  // Attention or AttentionBackward
  explicit Bucket(const K& k)
      : sequences(rounded_up(k.query_lens.count() - 1, 16) + 1),  // batches of 32 have one more: padding
        queries(k.query_lens.longest() == 1 ? 1 : rounded_up(k.query_lens.longest(), 64)),
        keys(rounded_up(k.key_lens.longest(), 64)) {}

 private:
  static int64_t rounded_up(int64_t n, int64_t unit) { return (n + unit - 1) / unit * unit; }
};

// The graphs of attention and of its gradient over a bucket's sequences, [sequences, heads, longest,
// head_dim] to cuDNN. lse, and in the gradient the row sums that it needs room for, are [tokens, heads] f32.
// `handle` may be null: the graph can then be asked about, not computed.
Descriptor cudnn_graph(const Attention& k, cudnnHandle_t handle);
Descriptor cudnn_graph(const AttentionBackward& k, cudnnHandle_t handle);

}  // namespace hone::kernels
