#pragma once

#include <vector>

#include <hone/nn/module.h>

namespace hone {

// Parameters that an optimizer treats alike.
struct ParameterGroup {
  std::vector<Parameter*> parameters;
  double weight_decay = 0;
  double learning_rate_scale = 1;  // times the learning rate of each step
};

// All of a module's parameters that require gradients, as BERT's recipe groups them: matrices and tables with
// weight decay, biases and LayerNorm's without.
std::vector<ParameterGroup> decay_groups(const Module& module, double weight_decay = 0.01);

}  // namespace hone
