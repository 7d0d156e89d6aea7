#pragma once

#include "core/launch.h"

namespace hone::kernels {

// Root mean square normalisation (Zhang and Sennrich 2019), row by row:
//   y = gamma * x * r,  r = 1 / sqrt(mean(x^2) + eps)
//   x, y [rows, columns], gamma [columns], r [rows], kept for the backward pass
struct RmsNorm {
  static constexpr auto name = "rms_norm";
  View x, gamma, y, r;
  double eps = 0;

  Views inputs() const { return {x, gamma}; }
  Views outputs() const { return {y, r}; }
  double flops() const { return 4.0 * static_cast<double>(x.elements()); }
  void check() const {
    require_shape(name, "gamma", gamma, {x.columns()});
    for (const View* v : {&x, &y}) require_shape(name, "x or y", *v, x.shape);
    require_shape(name, "r", r, {x.rows()});
    require_same_type(name, {x, gamma, y, r});
  }
};
void run(CpuStream&, const RmsNorm&);
void run(CudaStream&, const RmsNorm&);

// With n columns and s = sum over the row of dy * gamma * x:
//   dx     = beta dx + r * dy * gamma - x * r^3 * s / n
//   dgamma = beta dgamma + sum over rows of dy * x * r
struct RmsNormBackward {
  static constexpr auto name = "rms_norm_backward";
  View x, gamma, r, dy;
  GradOut dx, dgamma;  // absent: nobody wants it

  Views inputs() const { return {x, gamma, r, dy}; }
  Views outputs() const { return {dx.view, dgamma.view}; }
  double flops() const { return 8.0 * static_cast<double>(x.elements()); }
  void check() const {
    require_shape(name, "dy", dy, x.shape);
    require_shape(name, "r", r, {x.rows()});
    if (dx) require_shape(name, "dx", dx.view, x.shape);
    if (dgamma) require_shape(name, "dgamma", dgamma.view, gamma.shape);
    require_same_type(name, {x, gamma, r, dy, dx.view, dgamma.view});
  }
};
void run(CpuStream&, const RmsNormBackward&);
void run(CudaStream&, const RmsNormBackward&);

}  // namespace hone::kernels
