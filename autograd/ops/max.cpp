#include <hone/autograd/ops/max.h>

#include "autograd/node.h"
#include "core/kernels/max.h"

namespace hone {
namespace {

struct MaxNode final : Node {
  Tensor index;
  void backward(const Tensor& dy, GradSink& sink) override {
    launch(dy.device(), kernels::MaxBackward{.index = index, .dy = dy, .dx = sink.into(0)});
  }
};

}  // namespace

Var max(const Var& x, Axis axis) {
  const Shape shape = reduced_shape(axis, x.shape());
  auto node = std::make_shared<MaxNode>();
  node->index = Tensor::empty(shape, Dtype::i32, x.device());
  Tensor y = empty_like(x.value(), shape);
  launch(x.device(), kernels::Max{.axis = axis, .x = x.value(), .y = y, .index = node->index});
  return record(std::move(node), y, {x});
}

}  // namespace hone
