#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <hone/nn/module.h>
#include "data/safetensors/safetensors.h"

namespace hone {

// Saves the parameters of any module, f32, by the module's own names, as a safetensors file, and loads them
// from one, whose names and shapes must agree. Both throw ModelError or Error, naming file and tensor.
void save_parameters(const Module& module, const std::filesystem::path& path);
void load_parameters(Module& module, const std::filesystem::path& path);

// An f32 tensor to be written to a file; it points into the tensor's memory.
TensorData data_of(const std::string& name, const Tensor& tensor);

// A shape as the unsigned sizes that files hold.
std::vector<uint64_t> sizes_of(const Shape& shape);

}  // namespace hone
