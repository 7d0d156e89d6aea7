#pragma once

// The enums of the kernel contracts, without anything else: the per-instruction-set files of cpu/ include them.
namespace hone {

// Functions of one number. gelu is x Phi(x) with the exact normal distribution function (erf); gelu_tanh is its
// approximation 0.5 x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))), the hub's "gelu_new" (Hendrycks and Gimpel 2016).
enum class UnaryKind { gelu, gelu_tanh, relu, tanh, sigmoid, exp, log };

enum class BinaryKind { add, sub, mul, div };

// The two forms of AdamW (Loshchilov and Hutter 2019) in use; they differ in where eps and the weight decay stand.
//   m = b1 m + (1 - b1) g,  v = b2 v + (1 - b2) g^2, and at step t
//   hf     p -= lr sqrt(1 - b2^t) / (1 - b1^t) m / (sqrt(v) + eps);  then p -= lr decay p       (transformers)
//   torch  p *= 1 - lr decay;  then p -= lr / (1 - b1^t) m / (sqrt(v / (1 - b2^t)) + eps)       (torch.optim.AdamW)
enum class AdamForm { hf, torch };

}  // namespace hone
