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

// Whether side work (core/side_work.h) has a stream of its own: unless HONE_CUDA_SIDE_STREAM=0.
bool side_stream_wanted();

}  // namespace hone
