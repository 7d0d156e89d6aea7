#pragma once

#include "core/launch.h"

namespace hone::kernels {

// out = beta out + scale x, converted to out's type, for views of one shape whose rows may be strided: parts
// of matrices are put into place with it.
struct Copy {
  static constexpr auto name = "copy";
  View x;
  GradOut out;
  double scale = 1;

  Views inputs() const { return {x}; }
  Views outputs() const { return {out.view}; }
  double flops() const { return 0; }
  void check() const;
};
void run(CpuStream&, const Copy&);
void run(CudaStream&, const Copy&);

// y = x^T for x [rows, columns].
struct Transpose {
  static constexpr auto name = "transpose";
  View x;
  GradOut y;

  Views inputs() const { return {x}; }
  Views outputs() const { return {y.view}; }
  double flops() const { return 0; }
  void check() const;
};
void run(CpuStream&, const Transpose&);
void run(CudaStream&, const Transpose&);

}  // namespace hone::kernels
