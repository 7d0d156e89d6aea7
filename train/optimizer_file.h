#pragma once

#include <filesystem>
#include <vector>

#include <hone/nn/optim/adamw.h>
#include "data/safetensors/safetensors_writer.h"

namespace hone {

// The optimizer's moments as a file will hold them, by the module's names of their parameters: "m.<name>" and
// "v.<name>". They point into the optimizer.
std::vector<TensorData> optimizer_tensors(const AdamW& optimizer, const Module& module);

// Reads them back: exactly these tensors in these shapes, else an Error that names the tensor.
void load_optimizer(AdamW& optimizer, const Module& module, const std::filesystem::path& path);

}  // namespace hone
