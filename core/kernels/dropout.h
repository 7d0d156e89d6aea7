#pragma once

#include <hone/core/dropout.h>
#include "core/launch.h"

namespace hone::kernels {

// out (+)= x * mask / (1 - p), with the mask that core/dropout.h defines. The backward pass runs the same
// kernel on dy.
struct Dropout {
  static constexpr auto name = "dropout";
  View x;
  DropoutMask dropout;
  GradOut out;

  Arguments inputs() const { return {{"x", x}}; }
  Arguments outputs() const { return {{"out", out.view}}; }
  double flops() const { return static_cast<double>(x.elements()); }
  void check(const char* op = name) const;
};
void run(CpuStream&, const Dropout&);
void run(CudaStream&, const Dropout&);

// Throws unless 0 <= p < 1 and, when p > 0, dropout.rows covers exactly `rows` rows.
void check_dropout(const char* op, const DropoutMask& dropout, int64_t rows);

}  // namespace hone::kernels
