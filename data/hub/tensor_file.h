#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "data/safetensors/safetensors.h"
#include "data/torch/torch_file.h"

namespace hone {

// A file of named tensors in one of the formats that models come in. Every failure is a ModelError. Reading
// from several threads at once is fine.
class TensorFile {
 public:
  enum class Format { safetensors, torch };

  static TensorFile open(const std::filesystem::path& path, Format format);
  // The format of a file by its first bytes or, where they do not tell, by its name.
  static Format format_of(const std::filesystem::path& path);

  const std::filesystem::path& path() const;
  std::string kind() const;  // for people: "safetensors file", ...
  const std::vector<TensorInfo>& tensors() const;
  const TensorInfo* find(std::string_view name) const;  // null when absent
  std::map<std::string, std::string> metadata() const;  // torch files have none
  const std::vector<std::string>& warnings() const;     // oddities that are no errors
  // The number of elements that the file holds. Tensors of a torch file can share elements, so that their
  // sizes may add up to more.
  uint64_t stored_elements() const;

  // The elements of a tensor of this file, row-major; `out` has exactly elements() of them. F32, F16, BF16
  // and F64 become floats; another dtype is an error.
  void read_f32(const TensorInfo& tensor, std::span<float> out) const;
  // The elements as they are stored, row-major: end - begin bytes.
  void read_bytes(const TensorInfo& tensor, std::span<std::byte> out) const;

 private:
  using AnyFile = std::variant<SafetensorsFile, TorchFile>;
  explicit TensorFile(AnyFile file) : file_(std::move(file)) {}
  AnyFile file_;
};

}  // namespace hone
