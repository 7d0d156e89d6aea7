#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "data/safetensors/tensor_info.h"

namespace hone {

// One thing that was looked at: what is there, or what is wrong with it.
struct Check {
  std::string name;
  bool sound = true;
  std::string text;
};

// What a file of tensors or a model folder holds, and whether it is sound.
struct Inspection {
  std::string path;
  std::string kind;  // for people
  std::map<std::string, std::string> metadata;
  std::vector<TensorInfo> tensors;  // sorted by name
  std::vector<Check> checks;
  std::vector<std::string> warnings;

  const Check* first_unsound() const;  // null when all is well
};

// Looks at a safetensors or torch file, or at a model or run folder, and reads all of it. What is wrong
// becomes a check that is not sound; only a path that leads nowhere throws.
Inspection inspect_path(const std::filesystem::path& path);

}  // namespace hone
