#pragma once

#include <filesystem>
#include <memory>

#include "data/torch/torch_storage.h"

namespace hone {

// Opens the stream of pickles that torch wrote before 1.6. Throws ModelError.
std::unique_ptr<const OpenedTorchFile> open_torch_legacy(const std::filesystem::path& path);

}  // namespace hone
