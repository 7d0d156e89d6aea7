#include <hone/autograd/ops/elementwise.h>

#include "autograd/node.h"
#include "autograd/ops/binary.h"
#include "autograd/ops/unary.h"
#include "core/kernels/binary_scalar.h"
#include "core/kernels/copy.h"
#include "core/kernels/elementwise.h"

namespace hone {
namespace {

// y = x (op) scalar or scalar (op) x.
struct BinaryScalarNode final : Node {
  BinaryKind kind = BinaryKind::add;
  double scalar = 0;
  bool scalar_first = false;
  Tensor x, y;  // of scalar / x alone

  void backward(const Tensor& dy, GradSink& sink) override {
    const Device device = dy.device();
    if (kind == BinaryKind::div && scalar_first) {  // dx = -dy y / x
      const Tensor dy_y = empty_like(dy), quotient = empty_like(dy);
      launch(device, kernels::Binary{.kind = BinaryKind::mul, .a = dy, .b = y, .out = {.view = dy_y}});
      launch(device, kernels::Binary{.kind = BinaryKind::div, .a = dy_y, .b = x, .out = {.view = quotient}});
      return launch(device, kernels::Copy{.x = quotient, .out = sink.into(0), .scale = -1});
    }
    if (kind == BinaryKind::mul || kind == BinaryKind::div) {
      const kernels::BinaryScalar same{.kind = kind, .x = dy, .scalar = scalar, .out = sink.into(0)};
      return launch(device, same);
    }
    const bool negative = kind == BinaryKind::sub && scalar_first;
    launch(device, kernels::Copy{.x = dy, .out = sink.into(0), .scale = negative ? -1.0 : 1.0});
  }
};

Var with_scalar(BinaryKind kind, const Var& x, double scalar, bool scalar_first) {
  Tensor y = empty_like(x.value());
  const kernels::BinaryScalar kernel{
      .kind = kind, .x = x.value(), .scalar = scalar, .scalar_first = scalar_first, .out = {.view = y}};
  launch(x.device(), kernel, name_of(kind));
  auto node = std::make_shared<BinaryScalarNode>();
  node->kind = kind;
  node->scalar = scalar;
  node->scalar_first = scalar_first;
  if (kind == BinaryKind::div && scalar_first) {
    node->x = x.value();
    node->y = y;
  }
  return record(std::move(node), y, {x});
}

// True when a must stand second, since it is used throughout b.
bool swapped(const Var& a, const Var& b) {
  return !kernels::broadcasts(a.shape(), b.shape()) && kernels::broadcasts(b.shape(), a.shape());
}

}  // namespace

#define HONE_FUNCTION_OF_VAR(NAME, VALUE, SLOPE) \
  Var NAME(const Var& x) { return unary(UnaryKind::NAME, x); }
HONE_UNARY_FUNCTIONS(HONE_FUNCTION_OF_VAR)
#undef HONE_FUNCTION_OF_VAR

Var add(const Var& a, const Var& b) { return binary(BinaryKind::add, a, b); }
Var sub(const Var& a, const Var& b) { return binary(BinaryKind::sub, a, b); }
Var mul(const Var& a, const Var& b) { return binary(BinaryKind::mul, a, b); }
Var div(const Var& a, const Var& b) { return binary(BinaryKind::div, a, b); }

Var operator+(const Var& a, const Var& b) { return swapped(a, b) ? add(b, a) : add(a, b); }
Var operator-(const Var& a, const Var& b) { return swapped(a, b) ? add(-b, a) : sub(a, b); }
Var operator*(const Var& a, const Var& b) { return swapped(a, b) ? mul(b, a) : mul(a, b); }
Var operator/(const Var& a, const Var& b) { return div(a, b); }

Var operator+(const Var& a, double b) { return with_scalar(BinaryKind::add, a, b, false); }
Var operator-(const Var& a, double b) { return with_scalar(BinaryKind::sub, a, b, false); }
Var operator*(const Var& a, double b) { return with_scalar(BinaryKind::mul, a, b, false); }
Var operator/(const Var& a, double b) { return with_scalar(BinaryKind::div, a, b, false); }
Var operator+(double a, const Var& b) { return with_scalar(BinaryKind::add, b, a, true); }
Var operator-(double a, const Var& b) { return with_scalar(BinaryKind::sub, b, a, true); }
Var operator*(double a, const Var& b) { return with_scalar(BinaryKind::mul, b, a, true); }
Var operator/(double a, const Var& b) { return with_scalar(BinaryKind::div, b, a, true); }

Var operator-(const Var& x) { return x * -1; }

}  // namespace hone
