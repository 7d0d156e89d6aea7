#include "nn/fixed_weights.h"

namespace hone {

FixedWeights fixed_weights(const Module& module) {
  std::vector<Tensor> matrices;
  for (const NamedParameter& named : module.parameters()) {
    if (named.parameter->kind() == ParameterKind::matrix) matrices.push_back(named.parameter->var().value());
  }
  return FixedWeights(matrices);
}

}  // namespace hone
