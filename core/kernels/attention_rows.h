#pragma once

#include <hone/core/bf16.h>
#include "core/kernels/rows.h"

namespace hone::kernels {

// The tensors of an Attention or, up to lse, of an AttentionBackward (core/kernels/attention.h), of type T;
// Out is const where out was computed before.
template <class T, class Out = T>
struct AttentionRows {
  Rows<const T> q, k, v;
  Rows<Out> out;
  Acc<T>* lse;
  int64_t queries, heads, head_dim;  // queries: of all sequences together

  template <class Contract>
  explicit AttentionRows(const Contract& c)
      : q(c.q),
        k(c.k),
        v(c.v),
        out(c.out),
        lse(c.lse.template as<Acc<T>>()),
        queries(c.query_lens.total()),
        heads(c.heads),
        head_dim(c.head_dim()) {}
};

// All tensors of an AttentionBackward.
template <class T>
struct AttentionBackwardRows : AttentionRows<T, const T> {
  Rows<const T> dout;
  GradRows<T> dq, dk, dv;

  template <class Contract>
  explicit AttentionBackwardRows(const Contract& c)
      : AttentionRows<T, const T>(c), dout(c.dout), dq(c.dq), dk(c.dk), dv(c.dv) {}
};

}  // namespace hone::kernels
