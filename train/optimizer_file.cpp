#include "train/optimizer_file.h"

#include <fmt/core.h>

#include <map>
#include <string>

#include <hone/core/error.h>
#include "nn/models/parameter_file.h"
#include "nn/models/weights.h"

namespace hone {
namespace {

struct NamedTensor {
  std::string name;
  Tensor tensor;
};

std::vector<NamedTensor> named_moments(const AdamW& optimizer, const Module& module) {
  std::map<const Parameter*, std::string> names;
  for (const NamedParameter& named : module.parameters()) names[named.parameter] = named.name;
  std::vector<NamedTensor> out;
  for (const auto& [parameter, first, second] : optimizer.moments()) {
    out.push_back({"m." + names.at(parameter), first});
    out.push_back({"v." + names.at(parameter), second});
  }
  return out;
}

}  // namespace

std::vector<TensorData> optimizer_tensors(const AdamW& optimizer, const Module& module) {
  std::vector<TensorData> out;
  for (const auto& [name, tensor] : named_moments(optimizer, module)) {
    out.push_back(data_of(name, tensor));
  }
  return out;
}

void load_optimizer(AdamW& optimizer, const Module& module, const std::filesystem::path& path) {
  const SafetensorsFile file = SafetensorsFile::open(path);
  const auto wanted = named_moments(optimizer, module);
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
