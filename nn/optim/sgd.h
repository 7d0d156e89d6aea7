#pragma once

#include <vector>

#include <hone/core/optimizer_settings.h>
#include <hone/nn/optim/optimizer.h>

namespace hone {

// Stochastic gradient descent with momentum: the numbers of torch.optim.SGD without dampening, the groups'
// weight decay added to the gradient.
//
//   SGD optimizer(decay_groups(model, 0), {.momentum = 0.9, .nesterov = true});
//   ...
//   backward(loss);
//   optimizer.step(loss.value(), 0.1);
class SGD final : public Optimizer {
 public:
  // Throws Error for a momentum below 0, and for nesterov without momentum.
  explicit SGD(const std::vector<ParameterGroup>& groups, const SgdSettings& settings = {});

 private:
  std::vector<Buffer> buffers() const override;
  void launch_update() override;

  SgdSettings settings_;
  Tensor momentum_;  // undefined without
};

}  // namespace hone
