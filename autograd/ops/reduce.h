#pragma once

#include <hone/autograd/var.h>
#include <hone/core/axis.h>

namespace hone {

// Sums of x [rows, columns]: over rows [columns], over columns [rows, 1], over all [1].
Var sum(const Var& x, Axis axis = Axis::all);
// Means of x: sums divided by how many elements were added.
Var mean(const Var& x, Axis axis = Axis::all);

}  // namespace hone
