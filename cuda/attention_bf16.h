#pragma once

#include "core/kernels/attention.h"

namespace hone::kernels {

inline constexpr int64_t kMostTensorColumns = 64;  // of a head

// Attention by tensor cores: of bf16, with heads of 8, 16, ... 64 columns and rows that begin at multiples of
// 16 bytes.
void forward_bf16(CudaStream& stream, const Attention& k);
void backward_bf16(CudaStream& stream, const AttentionBackward& k);

}  // namespace hone::kernels
