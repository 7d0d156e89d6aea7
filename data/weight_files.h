#pragma once

#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "data/safetensors.h"

namespace hone {

// The weights of a model folder as one set of named tensors: `model.safetensors`, or the shards that
// `model.safetensors.index.json` maps. The first of these that exists is used; if it is damaged that is a
// ModelError, as is a folder with neither.
class WeightFiles {
 public:
  static WeightFiles open(const std::filesystem::path& folder);

  std::vector<std::string> names() const;               // sorted
  const TensorInfo* find(std::string_view name) const;  // null when absent
  // The number of elements of all tensors: never more than the files really hold.
  uint64_t elements() const;
  // Reads a whole tensor as floats, as SafetensorsFile::read_f32. ModelError when there is none of that name.
  void read_f32(std::string_view name, std::span<float> out) const;

  // What the user should know though it is no error, one line each.
  const std::vector<std::string>& warnings() const { return warnings_; }

 private:
  struct Place {
    size_t file;
    const TensorInfo* tensor;  // of files_[file]
  };
  explicit WeightFiles(std::filesystem::path folder) : folder_(std::move(folder)) {}
  void add_single(const std::filesystem::path& path);
  void add_shards(const std::filesystem::path& index);
  void warn_of_unmapped(const std::filesystem::path& index);

  std::filesystem::path folder_;
  std::vector<SafetensorsFile> files_;
  std::map<std::string, Place, std::less<>> places_;
  std::vector<std::string> warnings_;
};

}  // namespace hone
