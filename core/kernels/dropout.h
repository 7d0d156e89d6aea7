#pragma once

#include <hone/core/dropout.h>
#include "core/launch.h"

namespace hone::kernels {

// out = beta out + x * mask / (1 - p), the mask by core/dropout.h. The backward pass is the same kernel on
// dy.
struct Dropout {
  static constexpr auto name = "dropout";
  View x;
  DropoutMask dropout;
  GradOut out;

  Views inputs() const { return {x}; }
  Views outputs() const { return {out.view}; }
  double flops() const { return static_cast<double>(x.elements()); }
  void check() const;
};
void run(CpuStream&, const Dropout&);
void run(CudaStream&, const Dropout&);

// Throws unless 0 <= p < 1 and, when p > 0, dropout.rows covers exactly `rows` rows.
void check_dropout(const char* kernel, const DropoutMask& dropout, int64_t rows);

}  // namespace hone::kernels
