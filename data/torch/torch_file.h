#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "data/safetensors/tensor_info.h"

namespace hone {

struct OpenedTorchFile;

// A file of torch.save() with a dict of tensors, such as pytorch_model.bin: the zip container of torch 1.6
// and newer, or the stream of pickles before. Nothing in it is executed. Tensors may be views; they are read
// row-major. Every failure is a ModelError. Reading from several threads at once is fine; copies share the
// open file.
class TorchFile {
 public:
  static TorchFile open(const std::filesystem::path& path);

  const std::filesystem::path& path() const { return path_; }
  const std::string& container() const;                              // for people
  const std::vector<TensorInfo>& tensors() const { return infos_; }  // sorted by name; begin is 0
  const TensorInfo* find(std::string_view name) const;               // null when absent
  // The number of elements in all storages. Tensors can share elements, so that their sizes may add up to
  // more.
  uint64_t stored_elements() const;
  const std::vector<std::string>& warnings() const;

  // Both read as SafetensorsFile's functions of the same names.
  void read_f32(const TensorInfo& tensor, std::span<float> out) const;
  void read_bytes(const TensorInfo& tensor, std::span<std::byte> out) const;

 private:
  std::filesystem::path path_;
  std::shared_ptr<const OpenedTorchFile> file_;
  std::vector<TensorInfo> infos_;
};

}  // namespace hone
