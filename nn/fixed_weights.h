#pragma once

#include <hone/nn/module.h>
#include "core/fixed_weights.h"

namespace hone {

// The promise that a module's matrices keep their values while it lives: for prediction.
FixedWeights fixed_weights(const Module& module);

}  // namespace hone
