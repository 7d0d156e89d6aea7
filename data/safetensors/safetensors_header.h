#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "data/safetensors/tensor_info.h"

namespace hone {

constexpr uint64_t kMaxSafetensorsHeader = 100'000'000;
constexpr char kMetadataKey[] = "__metadata__";

struct SafetensorsHeader {
  std::vector<TensorInfo> tensors;
  std::map<std::string, std::string> metadata;
};

// Reads the JSON of a header and checks its types and dtypes. `file` begins error messages.
SafetensorsHeader parse_safetensors_header(std::string_view json, const std::string& file);

// Sorts the tensors by their place and checks that they fill a buffer of buffer_bytes without gap or overlap
// and that each has the size that its shape and dtype demand.
void check_safetensors_layout(std::vector<TensorInfo>& tensors, uint64_t buffer_bytes,
                              const std::string& file);

}  // namespace hone
