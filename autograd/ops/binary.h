#pragma once

#include <hone/autograd/var.h>
#include "core/kernels/kinds.h"

namespace hone {

// a (+ - * /) b. b has a's shape, or is one row [columns], one column [rows, 1] or one number [1] used
// throughout. The functions that users call are in autograd/ops/elementwise.h.
Var binary(BinaryKind kind, const Var& a, const Var& b);

}  // namespace hone
