#pragma once

#include <string>

#include "core/kernels/attention.h"

namespace hone {

// cuDNN's fused attention (Dao et al. 2023): a second implementation of Attention in bf16, on tensor cores.
// It has no dropout with hone's masks. AttentionBackward is always hone's own, which needs no more of the
// forward pass than `lse`, and cuDNN writes that, too: cuDNN's gradient adds floats through atomics unless it
// is asked not to, and is not used so far.

// Why this build or machine has no cuDNN; "" where it has.
std::string why_no_cudnn();
// Why cuDNN cannot compute `k`, by its types, sizes and layout; "" where it can.
std::string cudnn_refusal(const Attention& k);
// Whether `k` is cuDNN's to compute by attention_choice(). Throws Error when it must be and cannot.
bool use_cudnn(const Attention& k);
// Whether it computed `k`: not, under AttentionChoice::automatic, where cuDNN turns out to have no plan for
// it.
bool run_cudnn(CudaStream& stream, const Attention& k);

// How many engines cuDNN offers for `k` on a device that is described in cuDNN's JSON (9.11 or newer): for
// tests on machines without a GPU.
int cudnn_engines(const Attention& k, const std::string& device_properties);

// What cuDNN asks of a packed batch: row by row of an i32 matrix [kRaggedRows, sequences + 1], with room for
// more sequences than there are, which then are empty.
enum RaggedRow { kQStart, kKStart, kVStart, kOutStart, kLseStart, kQueries, kKeys, kRaggedRows };
// The starts of the sequences in elements of each tensor, and the lengths (the last column of both is
// unused).
void ragged_rows(CudaStream& stream, const Attention& k, const View& rows);

}  // namespace hone
