#pragma once

#include <hone/autograd/var.h>
#include <hone/core/kernels/kinds.h>
#include <hone/core/kernels/unary_functions.h>

namespace hone {

// y = f(x), element by element; the functions are those of core/kernels/unary_functions.h.
Var unary(UnaryKind kind, const Var& x);
inline Var gelu(const Var& x) { return unary(UnaryKind::gelu, x); }            // exact: x Phi(x)
inline Var gelu_tanh(const Var& x) { return unary(UnaryKind::gelu_tanh, x); }  // gelu_new in config.json
inline Var relu(const Var& x) { return unary(UnaryKind::relu, x); }
inline Var tanh(const Var& x) { return unary(UnaryKind::tanh, x); }
inline Var sigmoid(const Var& x) { return unary(UnaryKind::sigmoid, x); }
inline Var exp(const Var& x) { return unary(UnaryKind::exp, x); }
inline Var log(const Var& x) { return unary(UnaryKind::log, x); }
inline Var silu(const Var& x) { return unary(UnaryKind::silu, x); }  // x sigmoid(x)

// a (+ - * /) b. b has a's shape, or is one row [columns], one column [rows, 1] or one number [1] used
// throughout.
Var binary(BinaryKind kind, const Var& a, const Var& b);
inline Var add(const Var& a, const Var& b) { return binary(BinaryKind::add, a, b); }
inline Var sub(const Var& a, const Var& b) { return binary(BinaryKind::sub, a, b); }
inline Var mul(const Var& a, const Var& b) { return binary(BinaryKind::mul, a, b); }
inline Var div(const Var& a, const Var& b) { return binary(BinaryKind::div, a, b); }

}  // namespace hone
