#pragma once

#include <vector>

#include <hone/core/adam_settings.h>
#include "core/kernels/marks.h"
#include "core/launch.h"

namespace hone::kernels {

// The sum of squares of x [n], in double, in chunks of fixed size added in order: out [1] f64.
//   marks [marks_for(n)] or absent: where they know of no gradient, x is 0
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

// Parts of flat buffers, of n elements, that are treated alike. A shadow, when there is one, gets the new
// values in bf16.
//   p, g, m, v [n];  control [2] f64: learning rate and step number t, from 1;  shadow [n] bf16 or absent
//   marks [marks_for(n)] or absent, of a g that is not kept: where they know of no gradient, g is 0, and
//   where of nothing, m and v are 0, too, and nothing is done if nothing could come of it: no decay, eps
//   above 0 and no shadow. kGradient becomes kMoments
struct AdamWPart {
  View p, g, m, v, control;
  AdamSettings settings;
  View shadow = {};
  bool keeps_gradient = false;  // g keeps its values: what comes next overwrites them
  View marks = {};
};

// One step of AdamW over all parts. The gradient is scaled for clipping by min(1, clip_norm / (norm + 1e-6))
// and set to zero afterwards, unless its part keeps it. When `guard` holds a number that is not finite,
// nothing is changed but the gradient.
//   guard [2 or more] f64: the loss, the squared norm of all gradients, and whatever else must be finite
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
