#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include <hone/core/tensor.h>

namespace hone {

// A promise that tensors keep their values while this lives. Products on the CPU (core/kernels/gemm.h) whose
// b is one of them, or some of its rows, then pack it once, on its second use, for all uses that follow: the
// same bits in less time for a handful of tokens, at the price of a second copy of the weights. The packed
// forms belong to these tensors' memory alone. Kernels, copy_from(), set_zero() and values_changed() that
// write to a tensor break its promise, and nothing packed before is used again. Must not be made while other
// threads use the tensors; tensors on other devices are left out.
class [[nodiscard]] FixedWeights {
 public:
  explicit FixedWeights(const std::vector<Tensor>& tensors);
  ~FixedWeights();
  FixedWeights(const FixedWeights&) = delete;
  FixedWeights& operator=(const FixedWeights&) = delete;

  size_t packed_bytes() const;  // the memory that packed forms take now

 private:
  struct Fixed;  // one tensor
  std::vector<std::unique_ptr<Fixed>> all_;
};

}  // namespace hone
