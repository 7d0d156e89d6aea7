#pragma once

#include "core/kernels/adamw.h"
#include "nn/module.h"

namespace hone {

// AdamW over all parameters of a module that require gradients. Their values, gradients and both moments each live in one
// flat buffer, every tensor 256-byte aligned, those with weight decay first: a step is one launch for the norm and one for
// the update, whatever the number of tensors. Making one moves the parameters' values into its buffer, which they keep.
class AdamWOptimizer {
 public:
  AdamWOptimizer(Module& module, const AdamSettings& settings);

  struct StepResult {
    double grad_norm;  // of all gradients together, before clipping
    bool finite;       // whether loss and norm were; if not, weights, moments and step count are untouched
  };
  // One step with the gradients that backward() has gathered, which are zeroed. `loss` [1] is looked at only for being finite.
  StepResult step(const Tensor& loss, double learning_rate);

  int64_t steps() const { return steps_; }
  // [n] each; the layout is that of the buffers: for checkpoints and tests.
  const Tensor& values() const { return p_; }
  const Tensor& gradients() const { return g_; }
  const Tensor& first_moments() const { return m_; }
  const Tensor& second_moments() const { return v_; }

 private:
  AdamSettings settings_;
  Tensor p_, g_, m_, v_;
  Tensor control_, guard_;  // what the kernel reads: see AdamW
  int64_t decayed_ = 0, steps_ = 0;
};

}  // namespace hone
