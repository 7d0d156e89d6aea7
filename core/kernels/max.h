#pragma once

#include "core/kernels/reduce.h"

namespace hone::kernels {

// The largest elements of x [rows, columns], over what `axis` says, and where they stand:
//   over_rows      y, index [columns]
//   over_columns   y, index [rows, 1]
//   over_all       y, index [1]
// index (i32) counts the elements of x row by row. Of equals it is the first; NaN counts as larger than any
// number.
struct Max {
  static constexpr auto name = "max";
  Axis axis;
  View x, y, index;

  Views inputs() const { return {x}; }
  Views outputs() const { return {y}; }
  double flops() const { return static_cast<double>(x.elements()); }
  void check() const;
};
// What a result is the largest of: `count` elements, the first at result * start, `step` apart.
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

// dx = beta dx, and then dx[index[i]] += dy[i]: only the elements that were the largest have a gradient.
struct MaxBackward {
  static constexpr auto name = "max_backward";
  View index, dy;
  GradOut dx;

  Views inputs() const { return {dy}; }
  Views outputs() const { return {dx.view}; }
  double flops() const { return static_cast<double>(dy.elements()); }
  void check() const;
};
void run(CpuStream&, const MaxBackward&);
void run(CudaStream&, const MaxBackward&);

}  // namespace hone::kernels
