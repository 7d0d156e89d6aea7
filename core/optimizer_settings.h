#pragma once

namespace hone {

// The two forms of AdamW (Loshchilov and Hutter 2019) in use; they differ in where eps and the weight decay
// stand.
//   m = b1 m + (1 - b1) g,  v = b2 v + (1 - b2) g^2, and at step t
//   hf     p -= lr sqrt(1 - b2^t) / (1 - b1^t) m / (sqrt(v) + eps);  then p -= lr decay p (transformers)
//   torch  p *= 1 - lr decay;  then p -= lr / (1 - b1^t) m / (sqrt(v / (1 - b2^t)) + eps) (torch.optim.AdamW)
enum class AdamForm { hf, torch };

// The constants of AdamW, by default torch.optim.AdamW's. Weight decay belongs to groups of parameters
// (nn/optim/optimizer.h).
struct AdamSettings {
  AdamForm form = AdamForm::torch;
  double beta1 = 0.9, beta2 = 0.999, eps = 1e-8;
  bool bias_correction = true;
  double clip_norm = 0;  // the gradients' norm is cut to this; 0: never
};

// The constants of stochastic gradient descent with momentum, as torch.optim.SGD has them (without
// dampening); core/kernels/sgd.h gives the formula.
struct SgdSettings {
  double momentum = 0;
  bool nesterov = false;  // needs momentum
  double clip_norm = 0;   // the gradients' norm is cut to this; 0: never
};

}  // namespace hone
