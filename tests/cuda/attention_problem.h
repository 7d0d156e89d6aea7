#pragma once

#include "core/kernels/attention.h"
#include "tests/cuda/compare_devices.h"

namespace hone::test {

struct AttentionSizes {
  std::vector<int32_t> queries, keys;
  int64_t heads = 3, head_dim = 16;
};

// q, k and v as columns of one matrix where queries and keys are the same tokens, as models have them.
struct AttentionProblem {
  AttentionProblem(const AttentionSizes& sizes, Device device, Dtype dtype = Dtype::bf16)
      : queries(sizes.queries),
        keys(sizes.queries == sizes.keys ? queries : SeqLens(sizes.keys)),
        width(sizes.heads * sizes.head_dim),
        heads(sizes.heads) {
    const bool together = sizes.queries == sizes.keys;
    q = Numbers(1).normal({queries.total(), together ? 3 * width : width}).to(dtype).to(device);
    kv = together ? q : Numbers(2).normal({keys.total(), 2 * width}).to(dtype).to(device);
    first = together ? width : 0;
    out = Tensor::empty({queries.total(), width}, dtype, device);
    lse = Tensor::empty({heads, queries.total()}, acc_of(dtype), device);
    dout = Numbers(3).normal({queries.total(), width}).to(dtype).to(device);
    dq = Tensor::full(q.shape(), NAN, dtype, device);
    dkv = together ? dq : Tensor::full(kv.shape(), NAN, dtype, device);
  }
  kernels::Attention attention() const {
    return {q.view().columns_between(0, width),
            kv.view().columns_between(first, first + width),
            kv.view().columns_between(first + width, first + 2 * width),
            out,
            lse,
            queries,
            keys,
            heads,
            {}};
  }
  kernels::AttentionBackward backward() const {
    const kernels::Attention k = attention();
    return {k.q,
            k.k,
            k.v,
            out,
            lse,
            dout,
            queries,
            keys,
            heads,
            {},
            {dq.view().columns_between(0, width)},
            {dkv.view().columns_between(first, first + width)},
            {dkv.view().columns_between(first + width, first + 2 * width)}};
  }

  SeqLens queries, keys;
  int64_t width, heads, first = 0;
  Tensor q, kv, out, lse, dout, dq, dkv;
};

// The results of attention and its gradient, in f32 on the host.
struct AttentionResults {
  Tensor out, lse, dq, dkv;
};

// A bound on the error of a gradient when P, dS, out and the gradient itself are rounded to bf16, each by
// 2^-9 of its size:
//   dq = dS k:  2^-9 (sum |dS| |k| + sum P |k| sum |dout out| / sqrt(d) + |dq|), the second by D; dk, dv
//   alike.
double bf16_gradient_bound(const AttentionProblem& problem, const AttentionResults& exact);

}  // namespace hone::test
