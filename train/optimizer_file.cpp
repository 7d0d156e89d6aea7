#include "train/optimizer_file.h"

#include <fmt/core.h>

#include <map>
#include <string>

#include <hone/core/error.h>
#include "nn/models/tensor_data.h"
#include "nn/models/weights.h"

namespace hone {
namespace {

struct NamedTensor {
  std::string name;
  Tensor tensor;
};

std::vector<NamedTensor> named_state(const Optimizer& optimizer, const Module& module) {
  std::map<const Parameter*, std::string> names;
  for (const NamedParameter& named : module.parameters()) names[named.parameter] = named.name;
  std::vector<NamedTensor> out;
  for (const auto& [parameter, name, values] : optimizer.state()) {
    out.push_back({name + "." + names.at(parameter), values});
  }
  return out;
}

}  // namespace

std::vector<TensorData> optimizer_tensors(const Optimizer& optimizer, const Module& module) {
  std::vector<TensorData> out;
  for (const auto& [name, tensor] : named_state(optimizer, module)) {
    out.push_back(data_of(name, tensor));
  }
  return out;
}

void load_optimizer(Optimizer& optimizer, const Module& module, const std::filesystem::path& path) {
  const SafetensorsFile file = SafetensorsFile::open(path);
  const auto wanted = named_state(optimizer, module);
  for (const auto& [name, tensor] : wanted) {
    const TensorInfo* info = file.find(name);
    if (info == nullptr || info->dtype != "F32" || info->shape != data_of(name, tensor).shape) {
      throw Error(fmt::format("{}: tensor {}: expected F32 {}, found {}", path.string(), name,
                              to_string(tensor.shape()),
                              info == nullptr ? "none" : info->dtype + " " + shape_text(info->shape)));
    }
  }
  if (file.tensors().size() != wanted.size()) {
    throw Error(
        fmt::format("{}: {} tensors, expected {}", path.string(), file.tensors().size(), wanted.size()));
  }
  for (const auto& [name, tensor] : wanted) {
    const Tensor values = Tensor::empty(tensor.shape());
    file.read_f32(*file.find(name), values.span<float>());
    Tensor(tensor).copy_from(values);
  }
}

}  // namespace hone
