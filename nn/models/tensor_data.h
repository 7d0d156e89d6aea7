#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <hone/core/tensor.h>
#include "data/safetensors/safetensors_writer.h"

namespace hone {

// An f32 tensor as a file will hold it; it points into the tensor's memory.
TensorData data_of(const std::string& name, const Tensor& tensor);

// A shape as files have it.
std::vector<uint64_t> sizes_of(const Shape& shape);

}  // namespace hone
