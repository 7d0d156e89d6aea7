#pragma once

#include <hone/autograd/var.h>

namespace hone {

// Softmax over the last dimension, exp(x) / sum(exp(x)), computed without overflow; and its logarithm.
Var softmax(const Var& x);
Var log_softmax(const Var& x);

}  // namespace hone
