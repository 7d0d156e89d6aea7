#pragma once

#include <hone/autograd/var.h>

namespace hone {

// Element by element, for two Vars or a Var and a number on either side; errors are named add, sub, mul and
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
