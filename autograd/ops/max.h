#pragma once

#include "autograd/var.h"
#include "core/kernels/reduce.h"

namespace hone {

// The largest element of x [rows, columns]: over rows [columns], over columns [rows, 1], over all [1]. The gradient goes to
// the largest element alone, of equals to the first. Of no elements there is no largest: an error.
Var max(const Var& x, SumKind kind = SumKind::over_all);

}  // namespace hone
