#include <hone/nn/models/parameter_file.h>

#include <fmt/core.h>

#include <hone/core/error.h>
#include "core/nearest.h"
#include "data/safetensors/safetensors.h"
#include "nn/models/tensor_data.h"

namespace hone {

void save_parameters(const Module& module, const std::filesystem::path& path) {
  std::vector<TensorData> tensors;
  for (const NamedParameter& named : module.parameters()) {
    tensors.push_back(data_of(named.name, named.parameter->value()));
  }
  write_safetensors(path, std::move(tensors), {});
}

void load_parameters(Module& module, const std::filesystem::path& path) {
  const SafetensorsFile file = SafetensorsFile::open(path);
  const std::vector<NamedParameter> parameters = module.parameters();
  std::vector<std::string> known;
  for (const TensorInfo& tensor : file.tensors()) known.push_back(tensor.name);
  for (const NamedParameter& named : parameters) {
    const TensorInfo* info = file.find(named.name);
    if (info == nullptr) {
      const std::string near = nearest_names(named.name, known);
      throw ModelError(fmt::format("{}: tensor {} is missing{}", path.string(), named.name,
                                   near.empty() ? "" : "; the file has " + near));
    }
    if (info->shape != sizes_of(named.parameter->shape())) {
      throw ModelError(fmt::format("{}: tensor {} has shape {}, expected {}", path.string(), named.name,
                                   shape_text(info->shape), to_string(named.parameter->shape())));
    }
  }
  if (file.tensors().size() != parameters.size()) {
    throw ModelError(fmt::format("{}: {} tensors, the module has {} parameters", path.string(),
                                 file.tensors().size(), parameters.size()));
  }
  for (const NamedParameter& named : parameters) {
    const Tensor values = Tensor::empty(named.parameter->shape());
    file.read_f32(*file.find(named.name), values.span<float>());
    named.parameter->allocate().copy_from(values);
    named.parameter->update_shadow();
  }
}

}  // namespace hone
