#include "data/safetensors.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <numeric>

#include "core/error.h"
#include "data/float16.h"
#include "data/json_events.h"
#include "data/safetensors_header.h"

namespace hone {
namespace {

static_assert(std::endian::native == std::endian::little,
              "safetensors files are read without swapping bytes");

constexpr size_t kChunkBytes = 1 << 20;

// For a reader of models, a file that cannot be opened or ends early is a damaged model.
template <class Action>
auto as_model_error(Action action) {
  try {
    return action();
  } catch (const Error& error) {
    throw ModelError(error.what());
  }
}

// Element i of type `From` in unaligned bytes.
template <class From>
From load(const std::byte* bytes, size_t i) {
  From value;
  std::memcpy(&value, bytes + i * sizeof(From), sizeof(From));
  return value;
}

struct F16 {
  uint16_t bits;
};
struct BF16 {
  uint16_t bits;
};

template <class To, class From>
To converted(From value) {
  return static_cast<To>(value);
}
template <class To>
To converted(F16 value) {
  return static_cast<To>(float_from_f16(value.bits));
}
template <class To>
To converted(BF16 value) {
  return static_cast<To>(float_from_bf16(value.bits));
}

template <class From, class To>
void convert(const std::byte* bytes, std::span<To> out) {
  for (size_t i = 0; i < out.size(); ++i) out[i] = converted<To>(load<From>(bytes, i));
}

// The conversion from a dtype to T; null when T cannot take it.
template <class T>
auto conversion_from(std::string_view dtype) -> void (*)(const std::byte*, std::span<T>) {
  if constexpr (std::is_integral_v<T>) {
    if (dtype == "I32") return convert<int32_t, T>;
    if (dtype == "I64") return convert<int64_t, T>;
  } else {
    if (dtype == "F32") return convert<float, T>;
    if (dtype == "F64") return convert<double, T>;
    if (dtype == "F16") return convert<F16, T>;
    if (dtype == "BF16") return convert<BF16, T>;
  }
  return nullptr;
}

}  // namespace

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
  const std::string where = path().string() + ": tensor " + shown(tensor.name);
  const auto convert_from = conversion_from<T>(tensor.dtype);
  if (convert_from == nullptr) {
    throw ModelError(where + " has dtype " + tensor.dtype + ", expected " +
                     (std::is_integral_v<T> ? "I32 or I64" : "F32, F16, BF16 or F64"));
  }
  if (out.size() != tensor.elements()) {
    throw Error(where + " has " + std::to_string(tensor.elements()) + " elements, asked for " +
                std::to_string(out.size()));
  }
  if (std::is_same_v<T, float> && tensor.dtype == "F32")
    return read_bytes(tensor, std::as_writable_bytes(out));
  const size_t width = static_cast<size_t>(bits_of_dtype(tensor.dtype)) / 8;
  std::vector<std::byte> chunk(std::min(kChunkBytes, out.size() * width));
  for (uint64_t offset = buffer_start_ + tensor.begin; !out.empty();) {
    const size_t count = std::min(out.size(), kChunkBytes / width);
    read_at(offset, std::span(chunk).first(count * width));
    convert_from(chunk.data(), out.first(count));
    out = out.subspan(count);
    offset += count * width;
  }
}

void SafetensorsFile::read_at(uint64_t offset, std::span<std::byte> out) const {
  as_model_error([&] { file_.read(offset, out); });
}

}  // namespace hone
