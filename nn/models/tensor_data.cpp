#include "nn/models/tensor_data.h"

#include <memory>

#include <hone/core/error.h>

namespace hone {

std::vector<uint64_t> sizes_of(const Shape& shape) {
  std::vector<uint64_t> sizes;
  for (int i = 0; i < shape.rank(); ++i) sizes.push_back(static_cast<uint64_t>(shape[i]));
  return sizes;
}

TensorData data_of(const std::string& name, const Tensor& tensor) {
  if (tensor.dtype() != Dtype::f32) throw Error("weights: only f32 models can be saved");
  const auto host = std::make_shared<const Tensor>(tensor.to(Device{}));
  return {name, "F32", sizes_of(tensor.shape()), host->data<float>(), static_cast<uint64_t>(tensor.bytes()),
          host};
}

}  // namespace hone
