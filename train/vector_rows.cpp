#include "train/vector_rows.h"

#include <cstring>

#include <hone/core/error.h>
#include "core/view.h"

namespace hone {
namespace {

Tensor rows_of(const Tensor& all, std::span<const int64_t> order, Device device) {
  const int64_t row_bytes = all.bytes() / all.shape()[0];
  const Shape shape = all.slice(0, static_cast<int64_t>(order.size())).shape();
  const Tensor out = Tensor::empty(shape, all.dtype());
  const auto* from = static_cast<const char*>(all.view().data);
  auto* to = static_cast<char*>(out.view().data);
  for (const int64_t row : order) {
    std::memcpy(to, from + row * row_bytes, static_cast<size_t>(row_bytes));
    to += row_bytes;
  }
  return out.to(device);
}

}  // namespace

void check_rows(const VectorBatch& rows) {
  const auto described = [](const char* name, const Tensor& tensor) {
    return std::string(name) + (tensor.defined() ? " " + describe(tensor.view()) : " undefined");
  };
  const auto sound = [](const Tensor& tensor) {
    return tensor.defined() && tensor.shape().rank() > 0 && tensor.shape()[0] > 0 && tensor.device().is_cpu();
  };
  if (sound(rows.x) && sound(rows.labels) && rows.x.shape()[0] == rows.labels.shape()[0]) return;
  throw Error("vector rows: x and labels must be on the CPU and have as many rows, one at least; " +
              described("x", rows.x) + ", " + described("labels", rows.labels));
}

VectorBatch gather(const VectorBatch& all, std::span<const int64_t> order, Device device) {
  return {rows_of(all.x, order, device), rows_of(all.labels, order, device)};
}

Device device_of(const Module& module) {
  const auto parameters = module.parameters();
  return parameters.empty() ? Device{} : parameters.front().parameter->value().device();
}

}  // namespace hone
