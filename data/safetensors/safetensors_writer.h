#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace hone {

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
