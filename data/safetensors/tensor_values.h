#pragma once

#include <functional>
#include <span>
#include <string>

#include "data/safetensors/tensor_info.h"

namespace hone {

// Reads bytes of one tensor, laid out row-major; `offset` counts from its first byte.
using ReadTensorBytes = std::function<void(uint64_t offset, std::span<std::byte> out)>;

// The elements of a tensor of any file as T: F32, F16, BF16 and F64 as float or double, I32 and I64 as
// int64_t. `out` has exactly elements() of them. `read` is called for the bytes in order, for about a
// megabyte at a time, or straight into `out` where nothing is to be converted. Throws ModelError, which names
// `file` and the tensor, for another dtype.
template <class T>
void read_tensor(const TensorInfo& tensor, const std::string& file, const ReadTensorBytes& read,
                 std::span<T> out);

}  // namespace hone
