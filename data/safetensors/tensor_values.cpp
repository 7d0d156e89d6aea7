#include "data/safetensors/tensor_values.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include <hone/core/error.h>
#include "core/quote.h"
#include "data/safetensors/float16.h"

namespace hone {
namespace {

static_assert(std::endian::native == std::endian::little, "files of tensors are read without swapping bytes");

constexpr size_t kChunkBytes = 1 << 20;

// Loads element i, of type `From`, from unaligned bytes.
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

// The conversion from a dtype to T; null when T cannot hold it.
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

template <class T>
void read_tensor(const TensorInfo& tensor, const std::string& file, const ReadTensorBytes& read,
                 std::span<T> out) {
  const std::string where = file + ": tensor " + shown(tensor.name);
  const auto convert_from = conversion_from<T>(tensor.dtype);
  if (convert_from == nullptr) {
    throw ModelError(where + " has dtype " + tensor.dtype + ", expected " +
                     (std::is_integral_v<T> ? "I32 or I64" : "F32, F16, BF16 or F64"));
  }
  if (out.size() != tensor.elements()) {
    throw Error(where + " has " + std::to_string(tensor.elements()) + " elements, asked for " +
                std::to_string(out.size()));
  }
  if (std::is_same_v<T, float> && tensor.dtype == "F32") return read(0, std::as_writable_bytes(out));
  const size_t width = static_cast<size_t>(bits_of_dtype(tensor.dtype)) / 8;
  std::vector<std::byte> chunk(std::min(kChunkBytes, out.size() * width));
  for (uint64_t offset = 0; !out.empty();) {
    const size_t count = std::min(out.size(), kChunkBytes / width);
    read(offset, std::span(chunk).first(count * width));
    convert_from(chunk.data(), out.first(count));
    out = out.subspan(count);
    offset += count * width;
  }
}

template void read_tensor(const TensorInfo&, const std::string&, const ReadTensorBytes&, std::span<float>);
template void read_tensor(const TensorInfo&, const std::string&, const ReadTensorBytes&, std::span<double>);
template void read_tensor(const TensorInfo&, const std::string&, const ReadTensorBytes&, std::span<int64_t>);

}  // namespace hone
