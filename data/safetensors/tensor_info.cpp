#include "data/safetensors/tensor_info.h"

#include <algorithm>
#include <array>

#include <hone/core/error.h>

namespace hone {
namespace {

struct DtypeRow {
  std::string_view name;
  int bits;
};

// The dtypes in the order of the reference implementation's enum, which also decides the order of tensors in
// a file.
constexpr std::array<DtypeRow, 22> kDtypes{
    {{"BOOL", 8},    {"F4", 4},      {"F6_E2M3", 6}, {"F6_E3M2", 6},     {"U8", 8},          {"I8", 8},
     {"F8_E5M2", 8}, {"F8_E4M3", 8}, {"F8_E8M0", 8}, {"F8_E4M3FNUZ", 8}, {"F8_E5M2FNUZ", 8}, {"I16", 16},
     {"U16", 16},    {"F16", 16},    {"BF16", 16},   {"I32", 32},        {"U32", 32},        {"F32", 32},
     {"C64", 64},    {"F64", 64},    {"I64", 64},    {"U64", 64}}};

}  // namespace

int dtype_rank(std::string_view dtype) {
  const auto row = std::find_if(kDtypes.begin(), kDtypes.end(), [&](auto& r) { return r.name == dtype; });
  return row == kDtypes.end() ? -1 : static_cast<int>(row - kDtypes.begin());
}

int bits_of_dtype(std::string_view dtype) {
  const int rank = dtype_rank(dtype);
  return rank < 0 ? 0 : kDtypes[static_cast<size_t>(rank)].bits;
}

uint64_t tensor_bytes(std::string_view dtype, std::span<const uint64_t> shape, const std::string& where) {
  uint64_t count = 1;
  bool overflow = false;
  for (const uint64_t size : shape) overflow |= __builtin_mul_overflow(count, size, &count);
  overflow |= __builtin_mul_overflow(count, static_cast<uint64_t>(bits_of_dtype(dtype)), &count);
  if (overflow) {
    throw ModelError(where + ": overflow: the size of shape " + shape_text(shape) + " exceeds 64 bits");
  }
  if (count % 8 != 0) {
    throw ModelError(where + ": misaligned: shape " + shape_text(shape) + " of " + std::string(dtype) +
                     " does not fill whole bytes");
  }
  return count / 8;
}

uint64_t TensorInfo::elements() const {
  uint64_t count = 1;
  for (const uint64_t size : shape) count *= size;
  return count;
}

std::string shape_text(std::span<const uint64_t> shape) {
  constexpr size_t kShown = 16;
  std::string text = "[";
  for (size_t i = 0; i < std::min(shape.size(), kShown); ++i) {
    text += (i == 0 ? "" : ", ") + std::to_string(shape[i]);
  }
  return text + (shape.size() > kShown ? ", ...]" : "]");
}

}  // namespace hone
