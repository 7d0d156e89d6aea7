#pragma once

#include <hone/autograd/var.h>
#include <hone/core/dropout.h>

namespace hone {

// Layer normalisation (Ba, Kiros, Hinton 2016), gamma (x - mean) / sqrt(variance + eps) + beta, over the last
// dimension.
Var layer_norm(const Var& x, const Var& gamma, const Var& beta, double eps);

// layer_norm(residual + dropout(x + bias)) in one pass, as between the sublayers of a post-norm transformer;
// bias [columns] belongs to the product that gave x. bias and residual may be undefined.
Var dropout_residual_layer_norm(const Var& x, const Var& bias, const Var& residual, const Var& gamma,
                                const Var& beta, double eps, const DropoutMask& dropout);

}  // namespace hone
