#pragma once

#include <hone/autograd/var.h>

namespace hone {

// The cross-entropy loss: the sum over rows of -log softmax(logits)[label], divided by `divisor` (0: by the
// number of rows, the mean). Rows labelled kNoLabel (core/kernels/cross_entropy.h) add nothing to it, but
// count in the number of rows.
//   logits [rows, classes], labels [rows] i32; the result is [1].
Var cross_entropy(const Var& logits, const Tensor& labels, double divisor = 0);

}  // namespace hone
