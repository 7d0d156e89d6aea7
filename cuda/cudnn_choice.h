#pragma once

#include <string>

#include "core/kernels/attention.h"

namespace hone::kernels {

// The reason that cuDNN cannot compute `k`, by its types, sizes and layout; "" where it can.
std::string cudnn_refusal(const Attention& k);
std::string cudnn_refusal(const AttentionBackward& k);
// True where the device's options leave `k` to cuDNN. Throws Error where it demands cuDNN, which cannot
// compute k.
bool use_cudnn(const Attention& k);
bool use_cudnn(const AttentionBackward& k);

}  // namespace hone::kernels
