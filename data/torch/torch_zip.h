#pragma once

#include <filesystem>
#include <memory>

#include "data/torch/torch_storage.h"

namespace hone {

// Opens the zip container of torch 1.6 and newer. Throws ModelError.
std::unique_ptr<const OpenedTorchFile> open_torch_zip(const std::filesystem::path& path);

}  // namespace hone
