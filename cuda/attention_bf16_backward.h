#pragma once

#include "core/kernels/attention.h"

namespace hone::kernels {

// The gradient of attention on tensor cores, where cuda/attention_bf16.h has the forward pass.
void backward_bf16(CudaStream& stream, const AttentionBackward& k);

}  // namespace hone::kernels
