#pragma once

#include <filesystem>
#include <vector>

#include "data/safetensors.h"
#include "nn/optim/adamw.h"

namespace hone {

// The optimizer's moments as a file will hold them, by the module's names of their parameters: "m.<name>" and
// "v.<name>". They point into the optimizer.
std::vector<TensorData> optimizer_tensors(const AdamWOptimizer& optimizer, const Module& module);

// Reads them back: exactly these tensors in these shapes, else an Error that names the tensor.
void load_optimizer(AdamWOptimizer& optimizer, const Module& module, const std::filesystem::path& path);

}  // namespace hone
