#include "core/kernels/elementwise.h"

#include <fmt/core.h>

namespace hone {

const char* name_of(UnaryKind kind) { return kUnaryNames[static_cast<int>(kind)]; }

const char* name_of(BinaryKind kind) {
  switch (kind) {
    case BinaryKind::add:
      return "add";
    case BinaryKind::sub:
      return "sub";
    case BinaryKind::mul:
      return "mul";
    case BinaryKind::div:
      return "div";
  }
  return "?";
}

}  // namespace hone

namespace hone::kernels {

void Unary::check(const char* op) const {
  require_contiguous(op, {"x", x});
  require_shape(op, {"y", y}, x.shape);
  require_same_type(op, {{"x", x}, {"y", y}});
}

void UnaryBackward::check(const char* op) const {
  require_contiguous(op, {"x", x});
  for (const Argument& v : Arguments{{"y", y}, {"dy", dy}, {"dx", dx.view}}) require_shape(op, v, x.shape);
  require_same_type(op, {{"x", x}, {"y", y}, {"dy", dy}, {"dx", dx.view}});
}

bool broadcasts(const Shape& a, const Shape& b) {
  if (a == b || b == Shape{1}) return true;
  if (b.rank() == 1) return b[0] == a.columns();
  return b.rank() == 2 && b[0] == a.rows() && b[1] == 1;
}

void Binary::check(const char* op) const {
  require_contiguous(op, {"a", a});
  require_contiguous(op, {"b", b});
  if (!broadcasts(a.shape, b.shape)) {
    refuse(op, fmt::format("a is {}, b {}, expected b of the same shape, a row, a column or one number",
                           describe(a), describe(b)));
  }
  require_present(op, {{"out", out.view}});
  require_out(op, "out", out, a.shape);
  require_same_type(op, {{"a", a}, {"b", b}, {"out", out.view}});
}

}  // namespace hone::kernels
