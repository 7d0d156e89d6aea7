#pragma once

#include <hone/autograd/var.h>

namespace hone {

// The matrix product op(a) op(b), [m, k] times [k, n], with op the identity or the transpose.
Var matmul(const Var& a, const Var& b, bool transpose_a = false, bool transpose_b = false);

// A linear layer, x weight^T + bias: x [rows, in], weight [out, in], bias [out] or undefined; the result is
// [rows, out].
Var linear(const Var& x, const Var& weight, const Var& bias);

}  // namespace hone
