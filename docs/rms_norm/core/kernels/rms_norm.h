#pragma once

#include "core/launch.h"

namespace hone::kernels {

// Root mean square normalisation (Zhang and Sennrich 2019), row by row:
//   y = gamma * x * r,  r = 1 / sqrt(mean(x^2) + eps)
//   x, y [rows, columns]; gamma [columns] and r [rows], kept for the backward pass, in the type of x's sums
struct RmsNorm {
  static constexpr auto name = "rms_norm";
  View x, gamma, y, r;
  double eps = 0;

  Arguments inputs() const { return {{"x", x}, {"gamma", gamma}}; }
  Arguments outputs() const { return {{"y", y}, {"r", r}}; }
  double flops() const { return 4.0 * static_cast<double>(x.elements()); }
  void check(const char* op = name) const {
    require_contiguous(op, {"x", x});
    require(x.columns() > 0 || x.rows() == 0, op, "rows of x without columns have no mean");
    require_shape(op, {"gamma", gamma}, {x.columns()});
    require_shape(op, {"y", y}, x.shape);
    require_shape(op, {"r", r}, {x.rows()});
    const Dtype type = require_same_type(op, {{"x", x}, {"y", y}});
    require_type(op, acc_of(type), {{"gamma", gamma}, {"r", r}});
  }
};
void run(CpuStream&, const RmsNorm&);
void run(CudaStream&, const RmsNorm&);

// With n columns and s = sum over the row of dy * gamma * x:
//   dx     (+)= r * dy * gamma - x * r^3 * s / n
//   dgamma (+)= sum over rows of dy * x * r
struct RmsNormBackward {
  static constexpr auto name = "rms_norm_backward";
  View x, gamma, r, dy;
  GradOut dx, dgamma;  // absent: nobody wants it

  Arguments inputs() const { return {{"x", x}, {"gamma", gamma}, {"r", r}, {"dy", dy}}; }
  Arguments outputs() const { return {{"dx", dx.view}, {"dgamma", dgamma.view}}; }
  double flops() const { return 8.0 * static_cast<double>(x.elements()); }
  void check(const char* op = name) const {
    require_shape(op, {"dy", dy}, x.shape);
    require_shape(op, {"r", r}, {x.rows()});
    require_out(op, "dx", dx, x.shape);
    require_out(op, "dgamma", dgamma, gamma.shape);
    const Dtype type = require_same_type(op, {{"x", x}, {"dy", dy}, {"dx", dx.view}});
    require_type(op, acc_of(type), {{"gamma", gamma}, {"r", r}, {"dgamma", dgamma.view}});
  }
};
void run(CpuStream&, const RmsNormBackward&);
void run(CudaStream&, const RmsNormBackward&);

}  // namespace hone::kernels
