#include <hone/autograd/ops/softmax.h>

#include "autograd/node.h"
#include "core/kernels/softmax.h"

namespace hone {
namespace {

struct SoftmaxNode final : Node {
  Tensor y;
  bool log = false;
  void backward(const Tensor& dy, GradSink& sink) override {
    launch(dy.device(), kernels::SoftmaxBackward{.y = y, .dy = dy, .dx = sink.into(0), .log = log});
  }
};

Var softmax_of(const Var& x, bool log) {
  auto node = std::make_shared<SoftmaxNode>();
  Tensor y = node->y = empty_like(x.value());
  node->log = log;
  launch(x.device(), kernels::Softmax{.x = x.value(), .y = y, .log = log}, log ? "log_softmax" : "softmax");
  return record(std::move(node), y, {x});
}

}  // namespace

Var softmax(const Var& x) { return softmax_of(x, false); }
Var log_softmax(const Var& x) { return softmax_of(x, true); }

}  // namespace hone
