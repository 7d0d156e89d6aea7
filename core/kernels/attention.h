#pragma once

#include <hone/core/dropout.h>
#include "core/launch.h"

namespace hone::kernels {

// Scaled dot-product attention (Vaswani et al. 2017) of a packed batch, each sequence and head on its own:
//   P = softmax(q k^T / sqrt(head_dim)),  out = dropout(P) v
//   q, out [query_lens.total(), heads head_dim];  k, v [key_lens.total(), heads head_dim]; rows may be
//   strided; lse [heads, query_lens.total()]: the logarithm of each softmax's denominator, all that backward
//   needs of P
// A sequence has as many queries as query_lens says (all its tokens, or only the first) and attends to its
// key_lens keys; a sequence without keys gives zeros.
struct Attention {
  static constexpr auto name = "attention";
  View q, k, v, out, lse;
  SeqLens query_lens, key_lens;
  int64_t heads = 1;
  DropoutMask dropout = {};  // its rows are those of query_lens

  Arguments inputs() const { return {{"q", q}, {"k", k}, {"v", v}}; }
  Arguments outputs() const { return {{"out", out}, {"lse", lse}}; }
  int64_t head_dim() const { return q.columns() / heads; }
  double flops() const;
  void check(const char* op = name) const;
};
void run(CpuStream&, const Attention&);
void run(CudaStream&, const Attention&);

// The gradient of Attention, with P computed again from q, k and lse, tile by tile (Dao et al. 2022):
//   D = sum(dout out) per query and head,  dP = dropout(dout v^T),  dS = P (dP - D) / sqrt(head_dim)
//   dq (+)= dS k,  dk (+)= dS^T q,  dv (+)= dropout(P)^T dout
struct AttentionBackward {
  static constexpr auto name = "attention_backward";
  View q, k, v, out, lse, dout;
  SeqLens query_lens, key_lens;
  int64_t heads = 1;
  DropoutMask dropout = {};
  GradOut dq = {}, dk = {}, dv = {};

  Arguments inputs() const {
    return {{"q", q}, {"k", k}, {"v", v}, {"out", out}, {"lse", lse}, {"dout", dout}};
  }
  Arguments outputs() const { return {{"dq", dq.view}, {"dk", dk.view}, {"dv", dv.view}}; }
  int64_t head_dim() const { return q.columns() / heads; }
  double flops() const;
  void check(const char* op = name) const;
};
void run(CpuStream&, const AttentionBackward&);
void run(CudaStream&, const AttentionBackward&);

}  // namespace hone::kernels
