#pragma once

#include "core/launch.h"

namespace hone::kernels {

// Softmax of each row of x [rows, columns]: y = exp(x - max) / sum, or its logarithm x - max - log(sum).
struct Softmax {
  static constexpr auto name = "softmax";
  View x, y;
  bool log = false;

  Arguments inputs() const { return {{"x", x}}; }
  Arguments outputs() const { return {{"y", y}}; }
  double flops() const { return 4.0 * static_cast<double>(x.elements()); }
  void check(const char* op = name) const;
};
void run(CpuStream&, const Softmax&);
void run(CudaStream&, const Softmax&);

// The gradient of Softmax: dx (+)= y (dy - sum(y dy)), or for the logarithm dx (+)= dy - exp(y) sum(dy).
struct SoftmaxBackward {
  static constexpr auto name = "softmax_backward";
  View y, dy;
  GradOut dx;
  bool log = false;

  Arguments inputs() const { return {{"y", y}, {"dy", dy}}; }
  Arguments outputs() const { return {{"dx", dx.view}}; }
  double flops() const { return 4.0 * static_cast<double>(y.elements()); }
  void check(const char* op = name) const;
};
void run(CpuStream&, const SoftmaxBackward&);
void run(CudaStream&, const SoftmaxBackward&);

}  // namespace hone::kernels
