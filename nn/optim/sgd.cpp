#include <hone/nn/optim/sgd.h>

#include <hone/core/error.h>
#include "core/kernels/sgd.h"
#include "nn/optim/flat_parameters.h"

namespace hone {

SGD::SGD(const std::vector<ParameterGroup>& groups, const SgdSettings& settings)
    : Optimizer(groups), settings_(settings) {
  if (settings.momentum < 0) throw Error("sgd: momentum must not be negative");
  if (settings.nesterov && settings.momentum == 0) throw Error("sgd: nesterov needs momentum");
  if (settings.momentum != 0) momentum_ = parameters().zeros();
}

std::vector<Optimizer::Buffer> SGD::buffers() const {
  if (!momentum_.defined()) return {};
  return {{"momentum", momentum_}};
}

void SGD::launch_update() {
  kernels::Sgd kernel{.parts = {}, .guard = guard()};
  for (const FlatParameters::Range& range : parameters().ranges()) {
    kernel.parts.push_back({.p = range.of(parameters().values()),
                            .g = range.of(parameters().gradients()),
                            .momentum = momentum_.defined() ? range.of(momentum_).view() : View{},
                            .control = control(kernel.parts.size()),
                            .settings = settings_,
                            .weight_decay = range.weight_decay,
                            .shadow = range.shadow,
                            .keeps_gradient = range.keeps_gradient,
                            .marks = parameters().marks_of(range)});
  }
  launch(parameters().device(), kernel);
}

}  // namespace hone
