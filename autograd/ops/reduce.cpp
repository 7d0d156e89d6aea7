#include <hone/autograd/ops/reduce.h>

#include "autograd/node.h"
#include "core/kernels/elementwise.h"
#include "core/kernels/max.h"
#include "core/kernels/reduce.h"

namespace hone {
namespace {

struct SumNode final : Node {
  Shape shape;
  double scale = 1;
  // dx = scale dy, broadcast over the elements that were added: ones * scale, times dy as a row, a column or
  // one number.
  void backward(const Tensor& dy, GradSink& sink) override {
    const Tensor factor = Tensor::full(shape, scale, dy.dtype(), dy.device());
    launch(dy.device(), kernels::Binary{.kind = BinaryKind::mul, .a = factor, .b = dy, .out = sink.into(0)});
  }
};

Var scaled_sum(const char* op, const Var& x, Axis axis, double scale) {
  Tensor y = empty_like(x.value(), reduced_shape(axis, x.shape()));
  launch(x.device(), kernels::Sum{.axis = axis, .x = x.value(), .out = {.view = y}, .scale = scale}, op);
  auto node = std::make_shared<SumNode>();
  node->shape = x.shape();
  node->scale = scale;
  return record(std::move(node), y, {x});
}

struct MaxNode final : Node {
  Tensor index;
  void backward(const Tensor& dy, GradSink& sink) override {
    launch(dy.device(), kernels::MaxBackward{.index = index, .dy = dy, .dx = sink.into(0)});
  }
};

}  // namespace

Var sum(const Var& x, Axis axis) { return scaled_sum("sum", x, axis, 1); }

Var mean(const Var& x, Axis axis) {
  const int64_t count = axis == Axis::rows      ? x.shape().rows()
                        : axis == Axis::columns ? x.shape().columns()
                                                : x.shape().elements();
  constexpr auto op = "mean";
  if (count == 0) refuse(op, "of no elements: x is " + describe(x.value()));
  return scaled_sum(op, x, axis, 1 / static_cast<double>(count));
}

Var max(const Var& x, Axis axis) {
  const Shape shape = reduced_shape(axis, x.shape());
  auto node = std::make_shared<MaxNode>();
  node->index = Tensor::empty(shape, Dtype::i32, x.device());
  Tensor y = empty_like(x.value(), shape);
  launch(x.device(), kernels::Max{.axis = axis, .x = x.value(), .y = y, .index = node->index});
  return record(std::move(node), y, {x});
}

}  // namespace hone
