#pragma once

#include "core/kernels/elementwise.h"
#include "core/launch.h"

namespace hone::kernels {

// out = x (+ - * /) scalar, element by element, or with scalar_first scalar (+ - * /) x, or += to it. The
// scalar is rounded to the type of sums (f32 for bf16), not to x's.
struct BinaryScalar {
  static constexpr auto name = "binary_scalar";
  BinaryKind kind;
  View x;
  double scalar;
  bool scalar_first = false;
  GradOut out;

  Arguments inputs() const { return {{"x", x}}; }
  Arguments outputs() const { return {{"out", out.view}}; }
  double flops() const { return static_cast<double>(x.elements()); }
  void check(const char* op = name) const;
};
void run(CpuStream&, const BinaryScalar&);
void run(CudaStream&, const BinaryScalar&);

}  // namespace hone::kernels
