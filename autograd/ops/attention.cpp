#include <hone/autograd/ops/attention.h>

#include <fmt/core.h>

#include "autograd/node.h"
#include "core/kernels/attention.h"

namespace hone {
namespace {

// The node of both attention ops. q's columns come first in their tensor; k and v are the last two thirds of
// qkv, or the halves of kv.
struct AttentionNode final : Node {
  Tensor q_source, kv_source, out, lse;
  SeqLens query_lens, key_lens;
  int64_t heads = 1;
  DropoutMask dropout;

  int64_t width() const { return out.shape().columns(); }
  int64_t k_column() const { return kv_source.shape().columns() - 2 * width(); }
  View q() const { return q_source.view().columns_between(0, width()); }
  View k() const { return kv_source.view().columns_between(k_column(), k_column() + width()); }
  View v() const { return kv_source.view().columns_between(k_column() + width(), k_column() + 2 * width()); }

  void backward(const Tensor& dy, GradSink& sink) override {
    const bool together = inputs.size() == 1;
    const GradOut dq = sink.into(0);
    const GradOut dkv = together ? dq : sink.into(1);
    const int64_t at = k_column(), w = width();
    launch(dy.device(), kernels::AttentionBackward{.q = q(),
                                                   .k = k(),
                                                   .v = v(),
                                                   .out = out,
                                                   .lse = lse,
                                                   .dout = dy,
                                                   .query_lens = query_lens,
                                                   .key_lens = key_lens,
                                                   .heads = heads,
                                                   .dropout = dropout,
                                                   .dq = dq.columns_between(0, w),
                                                   .dk = dkv.columns_between(at, at + w),
                                                   .dv = dkv.columns_between(at + w, at + 2 * w)});
  }
};

void require_rows(const char* op, const Argument& x, const char* lens_name, const SeqLens& lens) {
  if (x.view.rows() == lens.total()) return;
  refuse(op, fmt::format("{} has {} rows, {} {} tokens", x.name, x.view.rows(), lens_name, lens.total()));
}

Var attend(const char* op, std::shared_ptr<AttentionNode> node, int64_t width, std::vector<Var> inputs) {
  const Tensor& source = node->q_source;
  Tensor out = node->out = empty_like(source, {source.shape().rows(), width});
  node->lse = empty_acc_like(source, {node->heads, source.shape().rows()});
  launch(source.device(),
         kernels::Attention{.q = node->q(),
                            .k = node->k(),
                            .v = node->v(),
                            .out = out,
                            .lse = node->lse,
                            .query_lens = node->query_lens,
                            .key_lens = node->key_lens,
                            .heads = node->heads,
                            .dropout = node->dropout},
         op);
  return record(std::move(node), out, std::move(inputs));
}

}  // namespace

Var self_attention(const Var& qkv, const SeqLens& lens, int64_t heads, const DropoutMask& dropout) {
  constexpr auto op = "self_attention";
  if (qkv.shape().rank() != 2 || qkv.shape()[1] % 3 != 0)
    refuse(op, "qkv is " + describe(qkv.value()) + ", expected [tokens, 3 width]");
  require_rows(op, {"qkv", qkv.value()}, "lens", lens);
  require_same_type(op, {{"qkv", qkv.value()}});
  auto node = std::make_shared<AttentionNode>();
  node->q_source = node->kv_source = qkv.value();
  node->query_lens = node->key_lens = lens;
  node->heads = heads;
  node->dropout = dropout;
  return attend(op, std::move(node), qkv.shape()[1] / 3, {qkv});
}

Var cross_attention(const Var& q, const Var& kv, const SeqLens& query_lens, const SeqLens& key_lens,
                    int64_t heads, const DropoutMask& dropout) {
  constexpr auto op = "cross_attention";
  if (q.shape().rank() != 2 || kv.shape().rank() != 2 || kv.shape()[1] != 2 * q.shape()[1]) {
    refuse(op, "q is " + describe(q.value()) + ", kv " + describe(kv.value()) +
                   ", expected [queries, width] and [tokens, 2 width]");
  }
  require_rows(op, {"q", q.value()}, "query_lens", query_lens);
  require_rows(op, {"kv", kv.value()}, "key_lens", key_lens);
  require_same_type(op, {{"q", q.value()}, {"kv", kv.value()}});
  require_device(op, q.device(), {{"kv", kv.value()}});
  auto node = std::make_shared<AttentionNode>();
  node->q_source = q.value();
  node->kv_source = kv.value();
  node->query_lens = query_lens;
  node->key_lens = key_lens;
  node->heads = heads;
  node->dropout = dropout;
  return attend(op, std::move(node), q.shape()[1], {q, kv});
}

}  // namespace hone
