#pragma once

#include <hone/autograd/var.h>

namespace hone {

// Converts x to another floating type.
Var cast(const Var& x, Dtype dtype);
// The elements of x under another shape.
Var reshape(const Var& x, const Shape& shape);
// The transpose of a matrix.
Var transpose(const Var& x);
// Rows or columns [begin, end) of a matrix.
Var slice_rows(const Var& x, int64_t begin, int64_t end);
Var slice_columns(const Var& x, int64_t begin, int64_t end);
// Joins matrices one below the other, or side by side.
Var concatenate_rows(const std::vector<Var>& parts);
Var concatenate_columns(const std::vector<Var>& parts);

}  // namespace hone
