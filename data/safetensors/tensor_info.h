#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hone {

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

// The place of a dtype in the order that sorts the tensors of a file (larger ones come first); -1: unknown.
int dtype_rank(std::string_view dtype);

}  // namespace hone
