#pragma once

#include <vector>

#include <hone/core/optimizer_settings.h>
#include "core/kernels/marks.h"
#include "core/launch.h"

namespace hone::kernels {

// The sum of squares of x [n], in double, in chunks of fixed size added in order: out [1] f64.
//   marks [marks_for(n)] (core/kernels/kinds.h) or absent: where a mark is kMoments or kNothing, x is 0
struct SumSquares {
  static constexpr auto name = "sum_squares";
  View x, out, marks = {};

  Arguments inputs() const { return {{"x", x}, {"marks", marks}}; }
  Arguments outputs() const { return {{"out", out}}; }
  double flops() const { return 2.0 * static_cast<double>(x.elements()); }
  void check(const char* op = name) const;
};
void run(CpuStream&, const SumSquares&);
void run(CudaStream&, const SumSquares&);

// A part of the optimizer's flat buffers, n elements with the same settings. The new values are also stored
// in its shadow, in bf16, when it has one.
//   p, g, m, v [n];  control [2] f64: learning rate and step number t, from 1;  shadow [n] bf16 or absent
//   marks [marks_for(n)] (core/kernels/kinds.h) or absent; only for a g that is cleared. Where a mark is
//   kMoments or kNothing, g is 0 and not read. Where it is kNothing, m and v are 0 too, and the step skips
//   the numbers unless decay, an eps of 0 or a shadow require work. The step turns kGradient into kMoments
struct AdamWPart {
  View p, g, m, v, control;
  AdamSettings settings = {};
  double weight_decay = 0;
  View shadow = {};
  bool keeps_gradient = false;  // g is not cleared: the next contribution overwrites it
  View marks = {};
};

// One step of AdamW over all parts. The gradient is scaled for clipping by min(1, clip_norm / (norm + 1e-6))
// and set to zero afterwards, unless its part keeps it. When a number of `guard` is not finite, the step
// changes nothing but the gradient.
//   guard [2 or more] f64: the loss, the squared norm of all gradients, and other numbers that must be finite
struct AdamW {
  static constexpr auto name = "adamw";
  std::vector<AdamWPart> parts;  // all of one type
  View guard;

  Arguments inputs() const;
  Arguments outputs() const;
  double flops() const;
  void check(const char* op = name) const;
};
void run(CpuStream&, const AdamW&);
void run(CudaStream&, const AdamW&);

}  // namespace hone::kernels
