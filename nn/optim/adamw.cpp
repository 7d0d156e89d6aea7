#include <hone/nn/optim/adamw.h>

#include "core/kernels/adamw.h"
#include "nn/optim/flat_parameters.h"

namespace hone {

AdamW::AdamW(const std::vector<ParameterGroup>& groups, const AdamSettings& settings)
    : Optimizer(groups), settings_(settings), m_(parameters().zeros()), v_(parameters().zeros()) {}

void AdamW::launch_update() {
  kernels::AdamW kernel{.parts = {}, .guard = guard()};
  for (const FlatParameters::Range& range : parameters().ranges()) {
    kernel.parts.push_back({.p = range.of(parameters().values()),
                            .g = range.of(parameters().gradients()),
                            .m = range.of(m_),
                            .v = range.of(v_),
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
