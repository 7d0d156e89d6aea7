#pragma once

#include <hone/autograd/var.h>
#include "core/kernels/unary_functions.h"

namespace hone {

// y = f(x), element by element, for any f of core/kernels/unary_functions.h; the functions that users call
// are in autograd/ops/elementwise.h.
Var unary(UnaryKind kind, const Var& x);

}  // namespace hone
