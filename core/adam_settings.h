#pragma once

#include <hone/core/kernels/kinds.h>

namespace hone {

// The constants of one optimizer; the two forms are defined in core/kernels/kinds.h.
struct AdamSettings {
  AdamForm form = AdamForm::hf;
  double beta1 = 0.9, beta2 = 0.999, eps = 1e-6, weight_decay = 0;
  bool bias_correction = true;
  double clip_norm = 0;  // the gradients' norm is cut to this; 0: never
};

}  // namespace hone
