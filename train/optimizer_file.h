#pragma once

#include <filesystem>
#include <vector>

#include <hone/nn/optim/optimizer.h>
#include "data/safetensors/safetensors_writer.h"

namespace hone {

// The tensors of an optimizer's state to be written to a file, named by the module's names of the parameters:
// "m.<name>" and "v.<name>" for AdamW's moments, "momentum.<name>" for SGD's. The tensors point into the
// optimizer.
std::vector<TensorData> optimizer_tensors(const Optimizer& optimizer, const Module& module);

// Loads an optimizer's state from such a file. Throws Error, naming the tensor, unless the file holds exactly
// the optimizer's tensors in their shapes.
void load_optimizer(Optimizer& optimizer, const Module& module, const std::filesystem::path& path);

}  // namespace hone
