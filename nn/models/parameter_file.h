#pragma once

#include <filesystem>

#include <hone/nn/module.h>

namespace hone {

// Saves the parameters of any module, f32, by the module's own names, as a safetensors file, and loads them
// from one, whose names and shapes must agree. Both throw ModelError or Error, naming file and tensor.
void save_parameters(const Module& module, const std::filesystem::path& path);
void load_parameters(Module& module, const std::filesystem::path& path);

}  // namespace hone
