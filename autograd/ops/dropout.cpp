#include <hone/autograd/ops/dropout.h>

#include "autograd/node.h"
#include "core/kernels/dropout.h"

namespace hone {
namespace {

struct DropoutNode final : Node {
  DropoutMask dropout;
  void backward(const Tensor& dy, GradSink& sink) override {
    launch(dy.device(), kernels::Dropout{.x = dy, .dropout = dropout, .out = sink.into(0)});
  }
};

}  // namespace

Var dropout(const Var& x, const DropoutMask& dropout) {
  if (!dropout.active()) return x;
  Tensor y = empty_like(x.value());
  launch(x.device(), kernels::Dropout{.x = x.value(), .dropout = dropout, .out = {.view = y}});
  auto node = std::make_shared<DropoutNode>();
  node->dropout = dropout;
  return record(std::move(node), y, {x});
}

}  // namespace hone
