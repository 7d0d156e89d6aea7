#pragma once

#include <hone/autograd/var.h>

namespace hone {

// The mean of (x - target)^2 over all elements: [1]. Both have one shape; either may be a constant.
Var mean_squared_error(const Var& x, const Var& target);

}  // namespace hone
