#pragma once

namespace hone {

// The constants of stochastic gradient descent with momentum, as torch.optim.SGD has them (without
// dampening); core/kernels/sgd.h gives the formula.
struct SgdSettings {
  double momentum = 0;
  bool nesterov = false;  // needs momentum
  double clip_norm = 0;   // the gradients' norm is cut to this; 0: never
};

}  // namespace hone
