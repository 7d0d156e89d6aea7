#pragma once

#include <string_view>

#include "data/safetensors/safetensors.h"

namespace hone {

// The place of a dtype in the order that sorts the tensors of a file (larger ones come first); -1: unknown.
int dtype_rank(std::string_view dtype);

}  // namespace hone
