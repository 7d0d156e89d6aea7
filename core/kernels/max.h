#pragma once

#include "core/kernels/reduce.h"

namespace hone::kernels {

// The largest elements of x [rows, columns] over `axis`, and their positions:
//   Axis::rows      y, index [columns]
//   Axis::columns   y, index [rows, 1]
//   Axis::all       y, index [1]
// index (i32) counts the elements of x row by row. Of equals it is the first; NaN counts as larger than any
// number.
struct Max {
  static constexpr auto name = "max";
  Axis axis;
  View x, y, index;

  Arguments inputs() const { return {{"x", x}}; }
  Arguments outputs() const { return {{"y", y}}; }
  double flops() const { return static_cast<double>(x.elements()); }
  void check(const char* op = name) const;
};

// The elements over which one result is the maximum: `count` elements, the first at result * start, `step`
// apart.
struct MaxLane {
  int64_t start, step, count;
};

inline MaxLane lane_of(const Max& k) {
  const int64_t rows = k.x.rows(), columns = k.x.columns();
  if (k.axis == Axis::rows) return {1, columns, rows};
  if (k.axis == Axis::columns) return {columns, 1, columns};
  return {0, 1, rows * columns};
}

void run(CpuStream&, const Max&);
void run(CudaStream&, const Max&);

// The gradient of Max: dx (+)= 0, and then dx[index[i]] += dy[i]; only the elements that were the largest
// have one.
struct MaxBackward {
  static constexpr auto name = "max_backward";
  View index, dy;
  GradOut dx;

  Arguments inputs() const { return {{"dy", dy}}; }
  Arguments outputs() const { return {{"dx", dx.view}}; }
  double flops() const { return static_cast<double>(dy.elements()); }
  void check(const char* op = name) const;
};
void run(CpuStream&, const MaxBackward&);
void run(CudaStream&, const MaxBackward&);

}  // namespace hone::kernels
