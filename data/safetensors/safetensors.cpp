#include "data/safetensors/safetensors.h"

#include <algorithm>
#include <numeric>

#include "core/quote.h"
#include "data/files/model_error.h"
#include "data/safetensors/safetensors_header.h"
#include "data/safetensors/tensor_values.h"

namespace hone {

SafetensorsFile SafetensorsFile::open(const std::filesystem::path& path) {
  SafetensorsFile result(as_model_error([&] { return InputFile(path); }));
  const std::string name = path.string();
  const uint64_t size = result.file_.size();
  constexpr uint64_t kLengthBytes = 8;
  if (size < kLengthBytes) {
    throw ModelError(name + ": header too small: the file has " + std::to_string(size) +
                     " bytes, expected at least 8");
  }
  uint64_t length = 0;
  result.read_at(0, std::as_writable_bytes(std::span(&length, 1)));
  if (length > kMaxSafetensorsHeader) {
    throw ModelError(name + ": header too large: " + std::to_string(length) + " bytes, at most " +
                     std::to_string(kMaxSafetensorsHeader) + " are legal; is this a safetensors file?");
  }
  if (length > size - kLengthBytes) {
    throw ModelError(name + ": invalid header length: " + std::to_string(length) +
                     " bytes, but the file has only " + std::to_string(size) + "; download it again");
  }
  std::string json(length, '\0');
  result.read_at(kLengthBytes, std::as_writable_bytes(std::span(json)));
  SafetensorsHeader header = parse_safetensors_header(json, name);
  check_safetensors_layout(header.tensors, size - kLengthBytes - length, name);
  result.buffer_start_ = kLengthBytes + length;
  result.tensors_ = std::move(header.tensors);
  result.metadata_ = std::move(header.metadata);
  result.by_name_.resize(result.tensors_.size());
  std::iota(result.by_name_.begin(), result.by_name_.end(), 0u);
  std::sort(result.by_name_.begin(), result.by_name_.end(),
            [&](auto a, auto b) { return result.tensors_[a].name < result.tensors_[b].name; });
  return result;
}

const TensorInfo* SafetensorsFile::find(std::string_view name) const {
  const auto before = [&](uint32_t i, std::string_view wanted) { return tensors_[i].name < wanted; };
  const auto at = std::lower_bound(by_name_.begin(), by_name_.end(), name, before);
  return at == by_name_.end() || tensors_[*at].name != name ? nullptr : &tensors_[*at];
}

void SafetensorsFile::read_f32(const TensorInfo& tensor, std::span<float> out) const {
  read_converted(tensor, out);
}
void SafetensorsFile::read_f64(const TensorInfo& tensor, std::span<double> out) const {
  read_converted(tensor, out);
}
void SafetensorsFile::read_i64(const TensorInfo& tensor, std::span<int64_t> out) const {
  read_converted(tensor, out);
}

void SafetensorsFile::read_bytes(const TensorInfo& tensor, std::span<std::byte> out) const {
  if (out.size() != tensor.end - tensor.begin) {
    throw Error(path().string() + ": tensor " + shown(tensor.name) + " has " +
                std::to_string(tensor.end - tensor.begin) + " bytes, asked for " +
                std::to_string(out.size()));
  }
  read_at(buffer_start_ + tensor.begin, out);
}

template <class T>
void SafetensorsFile::read_converted(const TensorInfo& tensor, std::span<T> out) const {
  const uint64_t begin = buffer_start_ + tensor.begin;
  read_tensor(
      tensor, path().string(), [&](uint64_t offset, auto bytes) { read_at(begin + offset, bytes); }, out);
}

void SafetensorsFile::read_at(uint64_t offset, std::span<std::byte> out) const {
  as_model_error([&] { file_.read(offset, out); });
}

}  // namespace hone
