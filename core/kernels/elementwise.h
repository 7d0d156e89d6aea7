#pragma once

#include <hone/core/kernels/kinds.h>
#include <hone/core/kernels/unary_functions.h>
#include "core/launch.h"

namespace hone::kernels {

const char* name_of(UnaryKind kind);

// y = f(x), element by element.
struct Unary {
  static constexpr auto name = "unary";
  UnaryKind kind;
  View x, y;

  Views inputs() const { return {x}; }
  Views outputs() const { return {y}; }
  double flops() const { return static_cast<double>(x.elements()); }
  void check() const;
};
void run(CpuStream&, const Unary&);
void run(CudaStream&, const Unary&);

// dx = beta dx + dy f'(x); y is f(x) as the forward pass gave it, which some derivatives use.
struct UnaryBackward {
  static constexpr auto name = "unary_backward";
  UnaryKind kind;
  View x, y, dy;
  GradOut dx;

  Views inputs() const { return {x, y, dy}; }
  Views outputs() const { return {dx.view}; }
  double flops() const { return static_cast<double>(x.elements()); }
  void check() const;
};
void run(CpuStream&, const UnaryBackward&);
void run(CudaStream&, const UnaryBackward&);

const char* name_of(BinaryKind kind);

// out = beta out + a (+ - * /) b, where b has a's shape, or is a row [columns] used for every row, or a
// column [rows, 1] used for every column, or one number [1].
struct Binary {
  static constexpr auto name = "binary";
  BinaryKind kind;
  View a, b;
  GradOut out;

  Views inputs() const { return {a, b}; }
  Views outputs() const { return {out.view}; }
  double flops() const { return static_cast<double>(a.elements()); }
  void check() const;
};
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

// b's element for (row, column) lies at row * row_step + column * column_step.
struct Broadcast {
  int64_t row_step, column_step;
};

inline Broadcast broadcast(const Shape& a, const Shape& b) {
  if (a == b) return {a.columns(), 1};
  if (b == Shape{1}) return {0, 0};
  if (b.rank() == 1) return {0, 1};
  return {1, 0};
}

void run(CpuStream&, const Binary&);
void run(CudaStream&, const Binary&);

// Whether `b` may stand second to `a` as described above.
bool broadcasts(const Shape& a, const Shape& b);

}  // namespace hone::kernels
