#pragma once

#include <hone/autograd/var.h>

namespace hone {

// op(a) op(b), op the identity or the transpose: [m, k] times [k, n].
Var matmul(const Var& a, const Var& b, bool transpose_a = false, bool transpose_b = false);

// x weight^T + bias: x [rows, in], weight [out, in], bias [out] or undefined; the result is [rows, out].
Var linear(const Var& x, const Var& weight, const Var& bias);

}  // namespace hone
