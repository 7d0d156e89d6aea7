#pragma once

#include <hone/core/types.h>
#include "core/launch.h"

namespace hone::kernels {

// out (+)= scale * the sum of x [rows, columns] over `axis` (core/types.h gives out's shape). Rows, or
// the numbers of a row, are added in chunks of fixed size, and the chunks in order.
struct Sum {
  static constexpr auto name = "sum";
  Axis axis;
  View x;
  GradOut out;
  double scale = 1;

  Arguments inputs() const { return {{"x", x}}; }
  Arguments outputs() const { return {{"out", out.view}}; }
  double flops() const { return static_cast<double>(x.elements()); }
  void check(const char* op = name) const;
};
void run(CpuStream&, const Sum&);
void run(CudaStream&, const Sum&);

}  // namespace hone::kernels
