#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <hone/nn/module.h>
#include "data/safetensors/safetensors_writer.h"

namespace hone {

// The parameters of any module, f32, by the module's own names, as a safetensors file; and back: names and
// shapes must agree. Both throw ModelError or Error, naming file and tensor.
void save_parameters(const Module& module, const std::filesystem::path& path);
void load_parameters(Module& module, const std::filesystem::path& path);

// An f32 tensor as a file will hold it; it points into the tensor's memory.
TensorData data_of(const std::string& name, const Tensor& tensor);

// A shape as files have it.
std::vector<uint64_t> sizes_of(const Shape& shape);

}  // namespace hone
