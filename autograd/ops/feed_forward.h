#pragma once

#include <hone/autograd/var.h>
#include "core/kernels/unary_functions.h"

namespace hone {

// linear(f(linear(x, up_weight, up_bias)), down_weight, {}), the two products of an encoder's layer with f
// between them: x [rows, in], up_weight [inner, in], up_bias [inner], down_weight [out, inner]; the result is
// [rows, out]. (The second bias is added by what follows: autograd/ops/layer_norm.h.) Bias and f, and f' in
// the backward pass, are applied within the products, while the numbers are in the cache.
Var feed_forward(UnaryKind f, const Var& x, const Var& up_weight, const Var& up_bias, const Var& down_weight);

}  // namespace hone
