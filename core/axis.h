#pragma once

#include <hone/core/types.h>

namespace hone {

// The axis of a matrix x [rows, columns] over which a sum, mean or maximum runs, and the shape of the result:
//   rows      one number a column: [columns]     (the gradient of a bias)
//   columns   one number a row: [rows, 1]
//   all       one number: [1]
enum class Axis { rows, columns, all };

inline Shape reduced_shape(Axis axis, const Shape& x) {
  if (axis == Axis::rows) return {x.columns()};
  if (axis == Axis::columns) return {x.rows(), 1};
  return {1};
}

}  // namespace hone
