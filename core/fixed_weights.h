#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include <hone/core/tensor.h>

namespace hone {

// A promise that tensors keep their values while this lives. Products on the CPU (kernels/gemm.h) whose b is
// one of them, or some of its rows, then pack it once, on its second use, for all uses that follow: the same
// bits in less time for a handful of tokens, at the price of a second copy of the weights. Implemented in
// cpu/packed_weights.cpp.
class FixedWeights {
 public:
  explicit FixedWeights(std::vector<Tensor> tensors);
  ~FixedWeights();
  FixedWeights(const FixedWeights&) = delete;
  FixedWeights& operator=(const FixedWeights&) = delete;

  size_t packed_bytes() const;  // held by packed weights now
  struct Packs;

 private:
  std::unique_ptr<Packs> packs_;
};

// Advances the version of all weights, which voids every promise made before: nothing packed earlier is used
// again. Called by whatever changes parameters, which is the optimizer and the loaders.
void weights_changed();

}  // namespace hone
