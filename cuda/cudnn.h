#pragma once

#include <string>

#include "core/kernels/attention.h"

namespace hone::kernels {

// cuDNN's fused attention (Dao et al. 2023): a second implementation of Attention and AttentionBackward, in
// bf16 on tensor cores and without dropout, since cuDNN does not have hone's masks. Its gradient overwrites,
// and is used in the form that gives the same bits in every run.

// The reason that this build or machine has no cuDNN; "" where it has.
std::string why_no_cudnn();
// Computes `k` with cuDNN. False, under AttentionChoice::automatic, where cuDNN turns out to have no plan for
// it.
bool run_cudnn(CudaStream& stream, const Attention& k);
bool run_cudnn(CudaStream& stream, const AttentionBackward& k);

// The number of cuDNN's engines that can compute `k` on a device that is described in cuDNN's JSON (9.11 or
// newer): for tests on machines without a GPU, which need the driver's library or a stub of it.
int cudnn_engines(const Attention& k, const std::string& device_properties);
int cudnn_engines(const AttentionBackward& k, const std::string& device_properties);

}  // namespace hone::kernels
