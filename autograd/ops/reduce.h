#pragma once

#include "autograd/var.h"
#include "core/kernels/reduce.h"

namespace hone {

// Sums of x [rows, columns]: over rows [columns], over columns [rows, 1], over all [1].
Var sum(const Var& x, SumKind kind = SumKind::over_all);
// The same, divided by how many were added.
Var mean(const Var& x, SumKind kind = SumKind::over_all);

}  // namespace hone
