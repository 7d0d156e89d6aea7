#pragma once

#include <filesystem>
#include <vector>

#include <hone/nn/optim/optimizer.h>
#include "data/safetensors/safetensors_writer.h"

namespace hone {

// An optimizer's state as a file will hold it, by the module's names of the parameters: "m.<name>" and
// "v.<name>" for AdamW's moments, "momentum.<name>" for SGD's. The tensors point into the optimizer.
std::vector<TensorData> optimizer_tensors(const Optimizer& optimizer, const Module& module);

// Reads them back: exactly these tensors in these shapes, else an Error that names the tensor.
void load_optimizer(Optimizer& optimizer, const Module& module, const std::filesystem::path& path);

}  // namespace hone
