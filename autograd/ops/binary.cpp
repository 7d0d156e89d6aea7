#include "autograd/ops/binary.h"

#include "autograd/node.h"
#include "core/kernels/copy.h"
#include "core/kernels/elementwise.h"
#include "core/kernels/reduce.h"

namespace hone {
namespace {

// Adds to b's gradient scale * full, summed over all elements of a that each element of b was broadcast to.
void reduce_to(const GradOut& db, const Tensor& full, double scale) {
  const Shape& shape = db.view.shape;
  const Device device = full.device();
  if (shape == full.shape()) return launch(device, kernels::Copy{.x = full, .out = db, .scale = scale});
  const Axis axis = shape == Shape{1} ? Axis::all : shape.rank() == 1 ? Axis::rows : Axis::columns;
  launch(device, kernels::Sum{.axis = axis, .x = full, .out = db, .scale = scale});
}

Tensor combined(BinaryKind kind, const Tensor& a, const Tensor& b) {
  Tensor out = empty_like(a);
  launch(a.device(), kernels::Binary{.kind = kind, .a = a, .b = b, .out = {.view = out}}, name_of(kind));
  return out;
}

struct BinaryNode final : Node {
  BinaryKind kind = BinaryKind::add;
  Tensor a, b;  // mul: a and b; div: b, and in place of a the quotient

  void backward(const Tensor& dy, GradSink& sink) override {
    const Device device = dy.device();
    const bool product = kind == BinaryKind::mul || kind == BinaryKind::div;
    if (sink.wants(0)) {
      if (product) launch(device, kernels::Binary{.kind = kind, .a = dy, .b = b, .out = sink.into(0)});
      if (!product) launch(device, kernels::Copy{.x = dy, .out = sink.into(0)});
    }
    if (!sink.wants(1)) return;
    const double sign = kind == BinaryKind::sub || kind == BinaryKind::div ? -1 : 1;
    Tensor full = product ? combined(BinaryKind::mul, dy, a) : dy;  // d(a / b) / db = -(a / b) / b
    if (kind == BinaryKind::div) full = combined(BinaryKind::div, full, b);
    reduce_to(sink.into(1), full, sign);
  }
};

}  // namespace

Var binary(BinaryKind kind, const Var& a, const Var& b) {
  Tensor y = combined(kind, a.value(), b.value());
  auto node = std::make_shared<BinaryNode>();
  node->kind = kind;
  if (kind == BinaryKind::mul || kind == BinaryKind::div) {
    node->a = kind == BinaryKind::mul ? a.value() : y;
    node->b = b.value();
  }
  return record(std::move(node), y, {a, b});
}

}  // namespace hone
