#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "data/files/files.h"
#include "data/safetensors/tensor_info.h"

namespace hone {

// The safetensors format (https://github.com/huggingface/safetensors): u64 little-endian N, N bytes of JSON
// that name every tensor, then one buffer without gaps. Strict where the format is.

// A file whose header has been read and found sound; the tensors' bytes are read on demand, straight into the
// caller's memory. Every failure is a ModelError, a file that shrinks meanwhile included. Reading from
// several threads at once is fine.
class SafetensorsFile {
 public:
  static SafetensorsFile open(const std::filesystem::path& path);

  const std::filesystem::path& path() const { return file_.path(); }
  const std::vector<TensorInfo>& tensors() const { return tensors_; }  // in the order of the buffer
  const std::map<std::string, std::string>& metadata() const { return metadata_; }
  const TensorInfo* find(std::string_view name) const;  // null when absent

  // Reads the elements of a tensor of this file, row-major; `out` has exactly elements() of them. F32, F16,
  // BF16 and F64 become floats (or doubles), I32 and I64 integers; another dtype is an error.
  void read_f32(const TensorInfo& tensor, std::span<float> out) const;
  void read_f64(const TensorInfo& tensor, std::span<double> out) const;
  void read_i64(const TensorInfo& tensor, std::span<int64_t> out) const;
  // The raw bytes [begin, end).
  void read_bytes(const TensorInfo& tensor, std::span<std::byte> out) const;

 private:
  explicit SafetensorsFile(InputFile file) : file_(std::move(file)) {}
  template <class T>
  void read_converted(const TensorInfo& tensor, std::span<T> out) const;
  void read_at(uint64_t offset, std::span<std::byte> out) const;

  InputFile file_;
  uint64_t buffer_start_ = 0;
  std::vector<TensorInfo> tensors_;
  std::vector<uint32_t> by_name_;  // indices of tensors_ in the order of their names
  std::map<std::string, std::string> metadata_;
};

}  // namespace hone
