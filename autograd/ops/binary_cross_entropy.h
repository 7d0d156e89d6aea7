#pragma once

#include <hone/autograd/var.h>

namespace hone {

// Binary cross-entropy with logits z for probabilities t: the mean over all elements of
//   -(t log sigmoid(z) + (1 - t) log(1 - sigmoid(z)))                                                 [1]
// computed as the cross-entropy of the two logits z and 0, whose log-softmax neither overflows nor loses
// digits. targets: of logits' shape, in [0, 1]; constants.
Var binary_cross_entropy(const Var& logits, const Tensor& targets);

}  // namespace hone
