#pragma once

#include <vector>

#include <hone/core/optimizer_settings.h>
#include <hone/nn/optim/optimizer.h>

namespace hone {

// AdamW (Loshchilov and Hutter 2019). By default its numbers are those of torch.optim.AdamW; AdamForm
// (core/optimizer_settings.h) gives the formulas of its two forms.
//
//   AdamW optimizer(decay_groups(model));
//   ...
//   backward(loss);
//   optimizer.step(loss.value(), 1e-3);
class AdamW final : public Optimizer {
 public:
  explicit AdamW(const std::vector<ParameterGroup>& groups, const AdamSettings& settings = {});

  // The flat buffers of both moments [n], of the layout of values().
  const Tensor& first_moments() const { return m_; }
  const Tensor& second_moments() const { return v_; }

 private:
  std::vector<Buffer> buffers() const override { return {{"m", m_}, {"v", v_}}; }
  void launch_update() override;

  AdamSettings settings_;
  Tensor m_, v_;
};

}  // namespace hone
