#include "core/kernels/attention.h"

#include <fmt/core.h>

#include "core/kernels/dropout.h"

namespace hone::kernels {
namespace {

// Checks that the forward and the backward pass share.
template <class K>
void check_attention(const char* op, const K& a, const Shape& kv) {
  require_matrix(op, {"q", a.q});
  const int64_t width = a.q.columns(), queries = a.query_lens.total();
  if (a.heads <= 0 || width % a.heads != 0)
    refuse(op, fmt::format("width {} is not divisible by {} heads", width, a.heads));
  if (a.query_lens.count() != a.key_lens.count()) {
    refuse(op,
           fmt::format("query_lens has {} sequences, key_lens {}", a.query_lens.count(), a.key_lens.count()));
  }
  const Shape q{queries, width};
  if (a.q.shape != q || a.k.shape != kv || a.v.shape != kv || a.out.shape != q) {
    refuse(op, fmt::format("q is {}, k {}, v {}, out {}; expected {} and {}", describe(a.q), describe(a.k),
                           describe(a.v), describe(a.out), to_string(q), to_string(kv)));
  }
  require_shape(op, {"lse", a.lse}, {a.heads, queries});
  const Dtype type = require_same_type(op, {{"q", a.q}, {"k", a.k}, {"v", a.v}, {"out", a.out}});
  require_type(op, acc_of(type), {{"lse", a.lse}});
  check_dropout(op, a.dropout, queries);
}

// The operations of q k^T and P v: for each, a multiplication and an addition per pair of query and key and
// column.
double forward_flops(const SeqLens& query_lens, const SeqLens& key_lens, int64_t width) {
  double pairs = 0;
  for (int64_t s = 0; s < query_lens.count(); ++s) {
    pairs += static_cast<double>(query_lens.length(s)) * static_cast<double>(key_lens.length(s));
  }
  return 4.0 * pairs * static_cast<double>(width);
}

}  // namespace

double Attention::flops() const { return forward_flops(query_lens, key_lens, q.columns()); }

void Attention::check(const char* op) const { check_attention(op, *this, {key_lens.total(), q.columns()}); }

double AttentionBackward::flops() const { return 2.5 * forward_flops(query_lens, key_lens, q.columns()); }

void AttentionBackward::check(const char* op) const {
  const Shape kv{key_lens.total(), q.columns()};
  check_attention(op, *this, kv);
  if (dout.shape != q.shape) refuse(op, "dout is " + describe(dout) + ", q is " + describe(q));
  require_out(op, "dq", dq, q.shape);
  require_out(op, "dk", dk, kv);
  require_out(op, "dv", dv, kv);
  require_same_type(op, {{"q", q}, {"dout", dout}, {"dq", dq.view}, {"dk", dk.view}, {"dv", dv.view}});
}

}  // namespace hone::kernels
