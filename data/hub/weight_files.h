#pragma once

#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "data/hub/tensor_file.h"

namespace hone {

// The weights of a model folder as one set of named tensors: `model.safetensors`, the shards that
// `model.safetensors.index.json` maps, `pytorch_model.bin`, or the shards of `pytorch_model.bin.index.json`.
// The first of these that exists is used; if it is damaged that is a ModelError, as is a folder with none.
class WeightFiles {
 public:
  static WeightFiles open(const std::filesystem::path& folder);

  std::vector<std::string> names() const;               // sorted
  const TensorInfo* find(std::string_view name) const;  // null when absent
  // The number of elements that the files hold; those that several tensors share count once.
  uint64_t elements() const;
  // Reads a whole tensor as floats, as TensorFile::read_f32. ModelError when there is none of that name.
  void read_f32(std::string_view name, std::span<float> out) const;

  // Things that the user should know though they are no errors, one line each.
  const std::vector<std::string>& warnings() const { return warnings_; }
  const std::vector<TensorFile>& files() const { return files_; }

 private:
  struct Place {
    size_t file;
    const TensorInfo* tensor;  // one of files_[file]
  };
  WeightFiles(std::filesystem::path folder, TensorFile::Format format)
      : folder_(std::move(folder)), format_(format) {}
  size_t add_file(const std::filesystem::path& path);  // its index
  void add_single(const std::filesystem::path& path);
  void add_shards(const std::filesystem::path& index);
  void warn_of_unmapped(const std::filesystem::path& index);

  std::filesystem::path folder_;
  TensorFile::Format format_;
  std::vector<TensorFile> files_;
  std::map<std::string, Place, std::less<>> places_;
  std::vector<std::string> warnings_;
};

}  // namespace hone
