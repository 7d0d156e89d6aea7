#pragma once

namespace hone {

// Whether f32 products may be computed in TF32: 10 bits of precision instead of 23, many times faster. Off at
// first.
void allow_tf32(bool allowed);
bool tf32_allowed();

// Which implementation of Attention computes: hone's own kernels; cuDNN's, and an error where it cannot;
// or, at first, cuDNN's where it can and sequences are long, else the own (cuda/cudnn.h).
enum class AttentionChoice { automatic, plain, cudnn };
void choose_attention(AttentionChoice choice);
AttentionChoice attention_choice();

}  // namespace hone
