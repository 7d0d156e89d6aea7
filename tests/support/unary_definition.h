#pragma once

#include "core/kernels/unary_functions.h"

namespace hone::test {

// f(x) in f64, with the C library's functions. Functions that can be written in another way than in
// core/kernels/unary_functions.h are written in that way here; the others follow their entry there.
double definition(UnaryKind kind, double x);

}  // namespace hone::test
