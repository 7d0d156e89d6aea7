#pragma once

#include <hone/autograd/var.h>
#include <hone/core/dropout.h>

namespace hone {

// softmax(q k^T / sqrt(head_dim)) v for every sequence and head of a packed batch (Vaswani et al. 2017), with
// dropout on the probabilities. qkv [tokens, 3 heads head_dim] holds queries, keys and values side by side;
// the result is [tokens, heads head_dim].
Var self_attention(const Var& qkv, const SeqLens& lens, int64_t heads, const DropoutMask& dropout);

// Attention with separate queries q [queries, heads head_dim] over keys and values kv [tokens, 2 heads
// head_dim]. Sequence s has query_lens.length(s) queries and attends to its own key_lens.length(s) tokens.
Var cross_attention(const Var& q, const Var& kv, const SeqLens& query_lens, const SeqLens& key_lens,
                    int64_t heads, const DropoutMask& dropout);

}  // namespace hone
