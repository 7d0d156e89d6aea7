#pragma once

#include <hone/autograd/var.h>
#include <hone/core/dropout.h>

namespace hone {

// Sets elements of x [rows, columns] to 0 with probability p and scales the others by 1 / (1 - p) (Srivastava
// et al. 2014); core/dropout.h defines which ones. Without dropout (p = 0) this is x.
Var dropout(const Var& x, const DropoutMask& dropout);

}  // namespace hone
