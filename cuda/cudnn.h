#pragma once

#include <string>

#include "core/kernels/attention.h"

namespace hone::kernels {

// cuDNN's fused attention (Dao et al. 2023): a second implementation of Attention and AttentionBackward in
// bf16, on tensor cores, where there is no dropout: it has none with hone's masks. Its gradient overwrites,
// and is asked for in the form that gives the same bits in every run.

// Why this build or machine has no cuDNN; "" where it has.
std::string why_no_cudnn();
// Why cuDNN cannot compute `k`, by its types, sizes and layout; "" where it can.
std::string cudnn_refusal(const Attention& k);
std::string cudnn_refusal(const AttentionBackward& k);
// Whether `k` is cuDNN's to compute by its device's options (core/device_options.h). Throws Error when it
// must be and cannot.
bool use_cudnn(const Attention& k);
bool use_cudnn(const AttentionBackward& k);
// Whether it computed `k`: not, under AttentionChoice::automatic, where cuDNN turns out to have no plan for
// it.
bool run_cudnn(CudaStream& stream, const Attention& k);
bool run_cudnn(CudaStream& stream, const AttentionBackward& k);

// How many of cuDNN's engines can compute `k` on a device that is described in cuDNN's JSON (9.11 or newer):
// for tests on machines without a GPU, which need the driver's library or a stub of it.
int cudnn_engines(const Attention& k, const std::string& device_properties);
int cudnn_engines(const AttentionBackward& k, const std::string& device_properties);

// What cuDNN asks of a packed batch: row by row of an i32 matrix [kRaggedRows, sequences + 1], with room for
// more sequences than there are, which then are empty.
enum RaggedRow {
  // Where each sequence's queries begin, in elements of the tensor.
  kLseStart,
  kQStart,
  kOutStart,
  kDoutStart,
  kDqStart,
  // Where its keys begin.
  kKStart,
  kVStart,
  kDkStart,
  kDvStart,
  // How many there are; the last column is unused.
  kQueries,
  kKeys,
  kRaggedRows
};
// The rows of the gradients' tensors are zero for Attention, which has none.
void ragged_rows(CudaStream& stream, const Attention& k, const View& rows);
void ragged_rows(CudaStream& stream, const AttentionBackward& k, const View& rows);

}  // namespace hone::kernels
