#pragma once

#include <hone/core/tensor.h>

namespace hone {

class Var;

// Computes the gradients of all leaves that `root` depends on, and adds them to the leaves' gradients.
// `upstream` is the gradient of the final quantity by root, of root's shape and type; without it root must
// have one element, and its gradient is 1. Ops' saved tensors are freed on the way: a second call on the same
// graph is an error, also after one that threw. Ops save tensors without a copy: change no parameter (as an
// optimizer's step does) between the forward and the backward pass.
void backward(const Var& root, const Tensor& upstream = {});

}  // namespace hone
