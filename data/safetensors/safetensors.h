#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "data/files/files.h"

namespace hone {

// The safetensors format (https://github.com/huggingface/safetensors): u64 little-endian N, N bytes of JSON
// that name every tensor, then one buffer without gaps. Strict where the format is.

// One tensor of a file. `dtype` is the format's name ("F32", "BF16", ...); [begin, end) are bytes of the
// buffer.
struct TensorInfo {
  std::string name;
  std::string dtype;
  std::vector<uint64_t> shape;  // empty: a scalar
  uint64_t begin = 0;
  uint64_t end = 0;

  uint64_t elements() const;  // the product of shape, which a reader has checked for overflow
};
std::string shape_text(std::span<const uint64_t> shape);  // "[2, 3]"

// The bits of one element of a safetensors dtype; 0 for an unknown name.
int bits_of_dtype(std::string_view dtype);
// The size in bytes of a tensor. Throws ModelError beginning with `where` when the count of elements or bits
// exceeds 64 bits or elements of less than a byte do not fill whole bytes.
uint64_t tensor_bytes(std::string_view dtype, std::span<const uint64_t> shape, const std::string& where);

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

// A tensor to be written: `bytes` bytes at `data`, row-major and little-endian.
struct TensorData {
  std::string name;
  std::string dtype;
  std::vector<uint64_t> shape;
  const void* data = nullptr;
  uint64_t bytes = 0;
  std::shared_ptr<const void> owner = nullptr;  // keeps the memory alive where nobody else does
};

// Writes a file atomically, byte for byte what the reference implementation writes: sorted by dtype and name,
// header padded to 8 bytes. Refuses (Error) what a reader would misread: equal names, "__metadata__", a size
// that does not fit the shape, tensors that share memory. Model files need metadata {"format": "pt"}.
void write_safetensors(const std::filesystem::path& path, std::vector<TensorData> tensors,
                       const std::map<std::string, std::string>& metadata);

}  // namespace hone
