#pragma once

#include <cstdint>

#include <hone/core/tensor.h>

namespace hone {

// Rows of numbers with an answer for each: a data set, or a batch of one.
struct VectorBatch {
  Tensor x;       // [rows, ...]
  Tensor labels;  // targets of the loss: [rows] i32 class ids, or [rows, ...] of any type

  int64_t rows() const { return x.shape()[0]; }
};

}  // namespace hone
