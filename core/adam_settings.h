#pragma once

#include <hone/core/kernels/kinds.h>

namespace hone {

// The constants of AdamW, by default torch.optim.AdamW's; core/kernels/kinds.h defines the two forms. Weight
// decay belongs to groups of parameters (nn/optim/parameter_group.h).
struct AdamSettings {
  AdamForm form = AdamForm::torch;
  double beta1 = 0.9, beta2 = 0.999, eps = 1e-8;
  bool bias_correction = true;
  double clip_norm = 0;  // the gradients' norm is cut to this; 0: never
};

}  // namespace hone
