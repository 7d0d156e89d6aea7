#include "autograd/ops/unary.h"

#include "autograd/node.h"
#include "core/kernels/elementwise.h"

namespace hone {
namespace {

struct UnaryNode final : Node {
  UnaryKind kind = UnaryKind::gelu;
  Tensor x, y;
  void backward(const Tensor& dy, GradSink& sink) override {
    launch(dy.device(), kernels::UnaryBackward{.kind = kind, .x = x, .y = y, .dy = dy, .dx = sink.into(0)});
  }
};

}  // namespace

Var unary(UnaryKind kind, const Var& x) {
  auto node = std::make_shared<UnaryNode>();
  node->kind = kind;
  node->x = x.value();
  node->y = empty_like(x.value());
  launch(x.device(), kernels::Unary{.kind = kind, .x = node->x, .y = node->y}, name_of(kind));
  Tensor y = node->y;
  return record(std::move(node), y, {x});
}

}  // namespace hone
