#pragma once

#include <hone/autograd/var.h>

namespace hone {

// Functions of one number, y = f(x) element by element. Each is an entry of core/kernels/unary_functions.h.
Var gelu(const Var& x);       // exact: x Phi(x)
Var gelu_tanh(const Var& x);  // gelu_new in config.json
Var relu(const Var& x);
Var tanh(const Var& x);
Var sigmoid(const Var& x);
Var exp(const Var& x);
Var log(const Var& x);
Var silu(const Var& x);  // x sigmoid(x)

// a (+ - * /) b, element by element. b has a's shape, or is one row [columns], one column [rows, 1] or one
// number [1] used throughout.
Var add(const Var& a, const Var& b);
Var sub(const Var& a, const Var& b);
Var mul(const Var& a, const Var& b);
Var div(const Var& a, const Var& b);

// The same for two Vars or a Var and a number on either side; errors are named add, sub, mul and
// div. Of two shapes one must be the other, or be one row [columns], one column [rows, 1] or one number [1]
// that is used throughout; a divisor may be so, a dividend not. Results have the type of the Vars; a number
// takes part as it is (under bf16 in f32).
Var operator+(const Var& a, const Var& b);
Var operator-(const Var& a, const Var& b);
Var operator*(const Var& a, const Var& b);
Var operator/(const Var& a, const Var& b);

Var operator+(const Var& a, double b);
Var operator-(const Var& a, double b);
Var operator*(const Var& a, double b);
Var operator/(const Var& a, double b);
Var operator+(double a, const Var& b);
Var operator-(double a, const Var& b);
Var operator*(double a, const Var& b);
Var operator/(double a, const Var& b);

Var operator-(const Var& x);

}  // namespace hone
