#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "data/safetensors/tensor_info.h"

namespace hone {

// The result of one check: `text` describes the contents or, when it is not sound, the fault.
struct Check {
  std::string name;
  bool sound = true;
  std::string text;
};

// The contents of a file of tensors or of a model folder, and the checks made on them.
struct Inspection {
  std::string path;
  std::string kind;  // a description for people
  std::map<std::string, std::string> metadata;
  std::vector<TensorInfo> tensors;  // sorted by name
  std::vector<Check> checks;
  std::vector<std::string> warnings;

  const Check* first_unsound() const;  // null when all is well
};

// Inspects a safetensors or torch file, or a model or run folder, and reads all of it. A fault becomes a
// check that is not sound; only a path that leads nowhere throws.
Inspection inspect_path(const std::filesystem::path& path);

}  // namespace hone
