#pragma once

#include "core/kernels/gemm.h"

namespace hone::kernels {

// What is left of a Gemm with an activation when c = op(a) op(b): its bias, and f or f'.
void finish_product(CudaStream& stream, const Gemm& k);

}  // namespace hone::kernels
