#pragma once

#include "core/kernels/attention.h"

namespace hone::kernels {

inline constexpr int64_t kMostTensorColumns = 64;  // columns of a head

// Attention on tensor cores: in bf16, with heads of 8, 16, ... 64 columns and rows that begin at multiples of
// 16 bytes.
void forward_bf16(CudaStream& stream, const Attention& k);

}  // namespace hone::kernels
