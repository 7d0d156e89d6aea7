#include <hone/nn/optim/parameter_group.h>

namespace hone {

std::vector<ParameterGroup> decay_groups(const Module& module, double weight_decay) {
  ParameterGroup with{{}, weight_decay}, without{{}, 0};
  for (const NamedParameter& named : module.parameters()) {
    Parameter* p = named.parameter;
    if (p->requires_grad()) (p->decays() && weight_decay != 0 ? with : without).parameters.push_back(p);
  }
  return {with, without};
}

}  // namespace hone
