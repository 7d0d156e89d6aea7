#pragma once

#include "core/launch.h"

namespace hone::kernels {

// out (+)= scale x, converted to out's type, for views of one shape whose rows may be strided: parts of
// matrices are put into place with it.
struct Copy {
  static constexpr auto name = "copy";
  View x;
  GradOut out;
  double scale = 1;

  Arguments inputs() const { return {{"x", x}}; }
  Arguments outputs() const { return {{"out", out.view}}; }
  double flops() const { return 0; }
  void check(const char* op = name) const;
};
void run(CpuStream&, const Copy&);
void run(CudaStream&, const Copy&);

// y (+)= x^T for x [rows, columns].
struct Transpose {
  static constexpr auto name = "transpose";
  View x;
  GradOut y;

  Arguments inputs() const { return {{"x", x}}; }
  Arguments outputs() const { return {{"y", y.view}}; }
  double flops() const { return 0; }
  void check(const char* op = name) const;
};
void run(CpuStream&, const Transpose&);
void run(CudaStream&, const Transpose&);

}  // namespace hone::kernels
