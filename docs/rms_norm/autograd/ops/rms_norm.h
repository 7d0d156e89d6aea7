#pragma once

#include <hone/autograd/var.h>

namespace hone {

// gamma x / sqrt(mean(x^2) + eps) over the last dimension (Zhang and Sennrich 2019): x [rows, columns], gamma
// [columns].
Var rms_norm(const Var& x, const Var& gamma, double eps);

}  // namespace hone
