#pragma once

#include "core/kernels/gemm.h"

namespace hone {

// Computes g and says true, or leaves it alone and says false: it takes products with at most 64 rows, a as it lies and no
// activation; in bf16 those of 1,024 columns and more. Libraries give such a product to a handful of blocks.
bool small_product(CudaStream& stream, const Gemm& g);

}  // namespace hone
