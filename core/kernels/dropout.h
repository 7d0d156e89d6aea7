#pragma once

#include "core/dropout.h"
#include "core/launch.h"

namespace hone {

// out = beta out + x * mask / (1 - p), the mask by core/dropout.h. The backward pass is the same kernel on dy.
struct DropoutKernel {
  static constexpr auto name = "dropout";
  View x;
  Dropout dropout;
  GradOut out;

  Views inputs() const { return {x}; }
  Views outputs() const { return {out.view}; }
  double flops() const { return static_cast<double>(x.elements()); }
  void check() const;
};
void run(CpuStream&, const DropoutKernel&);
void run(CudaStream&, const DropoutKernel&);

// Throws unless 0 <= p < 1 and, when p > 0, dropout.rows covers exactly `rows` rows.
void check_dropout(const char* kernel, const Dropout& dropout, int64_t rows);

}  // namespace hone
