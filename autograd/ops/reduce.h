#pragma once

#include <hone/autograd/var.h>
#include <hone/core/types.h>

namespace hone {

// Sums of x [rows, columns]: over rows [columns], over columns [rows, 1], over all [1].
Var sum(const Var& x, Axis axis = Axis::all);
// Means of x: sums divided by how many elements were added.
Var mean(const Var& x, Axis axis = Axis::all);

// The largest element of x [rows, columns]: over rows [columns], over columns [rows, 1], over all [1]. The
// gradient goes to the largest element alone, of equals to the first. Throws when there are no elements.
Var max(const Var& x, Axis axis = Axis::all);

}  // namespace hone
