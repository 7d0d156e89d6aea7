#pragma once

#include "core/kernels/kinds.h"
#include "core/kernels/unary_functions.h"
#include "core/launch.h"

namespace hone {

const char* name_of(UnaryKind kind);
const char* name_of(BinaryKind kind);

}  // namespace hone

namespace hone::kernels {

// Applies a function of one number to each element: y = f(x).
struct Unary {
  static constexpr auto name = "unary";
  UnaryKind kind;
  View x, y;

  Arguments inputs() const { return {{"x", x}}; }
  Arguments outputs() const { return {{"y", y}}; }
  double flops() const { return static_cast<double>(x.elements()); }
  void check(const char* op = name) const;
};
void run(CpuStream&, const Unary&);
void run(CudaStream&, const Unary&);

// dx (+)= dy f'(x); y is f(x) as the forward pass gave it, which some derivatives use.
struct UnaryBackward {
  static constexpr auto name = "unary_backward";
  UnaryKind kind;
  View x, y, dy;
  GradOut dx;

  Arguments inputs() const { return {{"x", x}, {"y", y}, {"dy", dy}}; }
  Arguments outputs() const { return {{"dx", dx.view}}; }
  double flops() const { return static_cast<double>(x.elements()); }
  void check(const char* op = name) const;
};
void run(CpuStream&, const UnaryBackward&);
void run(CudaStream&, const UnaryBackward&);

// out (+)= a (+ - * /) b, where b has a's shape, or is a row [columns] used for every row, or a
// column [rows, 1] used for every column, or one number [1].
struct Binary {
  static constexpr auto name = "binary";
  BinaryKind kind;
  View a, b;
  GradOut out;

  Arguments inputs() const { return {{"a", a}, {"b", b}}; }
  Arguments outputs() const { return {{"out", out.view}}; }
  double flops() const { return static_cast<double>(a.elements()); }
  void check(const char* op = name) const;
};
void run(CpuStream&, const Binary&);
void run(CudaStream&, const Binary&);

// True if `b` has a shape that a Binary with this `a` accepts.
bool broadcasts(const Shape& a, const Shape& b);

// a (+ - * /) b of two numbers.
template <class T>
constexpr T combine(BinaryKind kind, T a, T b) {
  switch (kind) {
    case BinaryKind::add:
      return a + b;
    case BinaryKind::sub:
      return a - b;
    case BinaryKind::mul:
      return a * b;
    case BinaryKind::div:
      return a / b;
  }
  return a;
}

// The strides of a broadcast b: its element for (row, column) lies at row * row_step + column * column_step.
struct Broadcast {
  int64_t row_step, column_step;
};

inline Broadcast broadcast(const Shape& a, const Shape& b) {
  if (a == b) return {a.columns(), 1};
  if (b == Shape{1}) return {0, 0};
  if (b.rank() == 1) return {0, 1};
  return {1, 0};
}

}  // namespace hone::kernels
