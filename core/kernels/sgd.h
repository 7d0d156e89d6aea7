#pragma once

#include <vector>

#include <hone/core/optimizer_settings.h>
#include "core/kernels/marks.h"
#include "core/launch.h"

namespace hone::kernels {

// A part of flat buffers, of n elements, that is treated alike.
//   p, g [n];  momentum [n], or absent when the settings' momentum is 0
//   control [2] f64: learning rate and step number;  shadow [n] bf16 or absent: gets the new values
//   marks [marks_for(n)] or absent, of a g that is not kept: where they know of no gradient, g is 0, and
//   where of nothing, the momentum is 0, too. kGradient becomes kMoments
struct SgdPart {
  View p, g, momentum = {}, control;
  SgdSettings settings = {};
  double weight_decay = 0;
  View shadow = {};
  bool keeps_gradient = false;  // g keeps its values; else it is set to zero
  View marks = {};
};

// One step of stochastic gradient descent (torch.optim.SGD; Sutskever et al. 2013) over all parts:
//   d = g + weight_decay p;   momentum: m = momentum m + d,  d = m, or with nesterov d + momentum m
//   p -= learning rate d
// The gradient is scaled for clipping by min(1, clip_norm / (norm + 1e-6)) before. When `guard` holds a
// number that is not finite, nothing is changed but the gradient.
//   guard [2 or more] f64: the loss, the squared norm of all gradients, and whatever else must be finite
struct Sgd {
  static constexpr auto name = "sgd";
  std::vector<SgdPart> parts;  // all of one type
  View guard;

  Arguments inputs() const;
  Arguments outputs() const;
  double flops() const;
  void check(const char* op = name) const;
};
void run(CpuStream&, const Sgd&);
void run(CudaStream&, const Sgd&);

}  // namespace hone::kernels
