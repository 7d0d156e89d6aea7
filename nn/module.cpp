#include "nn/module.h"

#include <fmt/format.h>

#include "core/error.h"
#include "core/device_runtime.h"
#include "core/philox.h"

namespace hone {
namespace {

template <class T>
void fill_normal(const Tensor& out, double std, uint64_t seed, uint64_t index) {
  RandomStream random(seed, RandomUse::initialise, index);
  for (T& x : out.span<T>()) x = static_cast<T>(std * random.normal());
}

}  // namespace

Parameter::Parameter(std::string name, Shape shape, Initialiser initialiser, bool decays, Dtype dtype)
    : name_(std::move(name)), shape_(shape), initialiser_(initialiser), decays_(decays), dtype_(dtype) {}

const Var& Parameter::var() const {
  if (!var_.defined()) throw Error(fmt::format("parameter {}: neither loaded nor initialised", name_));
  return var_;
}

void Parameter::set_value(Tensor value) {
  if (value.shape() != shape_ || value.dtype() != dtype_) {
    throw Error(fmt::format("parameter {}: {} {} expected, got {}", name_, hone::name_of(dtype_), to_string(shape_),
                            describe(value)));
  }
  var_ = requires_grad_ ? Var::leaf(std::move(value)) : Var(std::move(value));
}

Tensor Parameter::allocate() {
  if (!has_value()) set_value(Tensor::empty(shape_, dtype_));
  return value();
}

void Parameter::initialise(uint64_t seed, uint64_t index) {
  using Kind = Initialiser::Kind;
  if (initialiser_.kind != Kind::normal) {
    return set_value(Tensor::full(shape_, initialiser_.kind == Kind::ones ? 1 : 0, dtype_));
  }
  const Tensor out = Tensor::empty(shape_, dtype_);
  if (dtype_ == Dtype::f32) fill_normal<float>(out, initialiser_.std, seed, index);
  if (dtype_ == Dtype::f64) fill_normal<double>(out, initialiser_.std, seed, index);
  set_value(out);
  if (initialiser_.zero_row < 0) return;
  const Tensor row = out.slice(initialiser_.zero_row, initialiser_.zero_row + 1);
  runtime_of(out.device()).zero(row.view().data, static_cast<size_t>(row.bytes()));
}

void Parameter::set_requires_grad(bool wanted) {
  if (wanted == requires_grad_) return;
  requires_grad_ = wanted;
  if (has_value()) set_value(value());
}

Module::Module(Module& parent, const std::string& name) : training_(parent.training_), dtype_(parent.dtype_) {
  parent.children_.emplace_back(name, this);
}

std::vector<NamedParameter> Module::parameters() const {
  std::vector<NamedParameter> out;
  collect("", out);
  return out;
}

void Module::collect(const std::string& prefix, std::vector<NamedParameter>& out) const {
  for (const auto& parameter : parameters_) out.push_back({prefix + parameter->name(), parameter.get()});
  for (const auto& [name, child] : children_) child->collect(prefix + name + ".", out);
}

void Module::initialise(uint64_t seed) {
  uint64_t index = 0;
  for (const NamedParameter& named : parameters()) {
    if (!named.parameter->has_value()) named.parameter->initialise(seed, index);
    ++index;
  }
}

void Module::train(bool on) {
  training_ = on;
  for (const auto& [name, child] : children_) child->train(on);
}

void Module::set_requires_grad(bool wanted) {
  for (const NamedParameter& named : parameters()) named.parameter->set_requires_grad(wanted);
}

Parameter& Module::add_parameter(const std::string& name, const Shape& shape, Initialiser initialiser, bool decays) {
  parameters_.push_back(std::make_unique<Parameter>(name, shape, initialiser, decays, dtype_));
  return *parameters_.back();
}

}  // namespace hone
