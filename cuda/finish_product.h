#pragma once

#include "core/kernels/gemm.h"

namespace hone::kernels {

// Finishes a Gemm with an activation whose c holds op(a) op(b): adds the bias and applies f or f'.
void finish_product(CudaStream& stream, const Gemm& k);

}  // namespace hone::kernels
