#include <hone/nn/module.h>

#include <fmt/core.h>

#include <cmath>

#include <hone/core/error.h>
#include "core/kernels/copy.h"
#include "core/philox.h"

namespace hone {
namespace {

template <class T>
void fill(const Tensor& out, const Initialiser& how, uint64_t seed, uint64_t index) {
  using Kind = Initialiser::Kind;
  const std::span<T> values = out.span<T>();
  const auto columns = static_cast<size_t>(out.shape().columns());
  RandomStream random(seed, RandomUse::initialise, index);
  for (size_t i = 0; i < values.size(); ++i) {
    double x = how.kind == Kind::ones ? 1 : 0;
    if (how.kind == Kind::normal) x = how.std * random.normal();
    if (how.kind == Kind::sinusoidal) {
      const size_t row = i / columns, j = i % columns, pair = j / 2;
      const double exponent = 2.0 * static_cast<double>(pair) / static_cast<double>(columns);
      const double angle = static_cast<double>(row) / std::pow(10000.0, exponent);
      x = j % 2 == 0 ? std::sin(angle) : std::cos(angle);
    }
    if (how.zero_row >= 0 && i / columns == static_cast<size_t>(how.zero_row)) x = 0;
    values[i] = static_cast<T>(x);
  }
}

}  // namespace

Parameter::Parameter(std::string name, Shape shape, Initialiser initialiser, ParameterKind kind, Dtype dtype,
                     Dtype compute_dtype)
    : name_(std::move(name)),
      shape_(shape),
      initialiser_(initialiser),
      kind_(kind),
      dtype_(dtype),
      shadowed_(kind == ParameterKind::matrix && compute_dtype == Dtype::bf16) {}

const Var& Parameter::var() const {
  if (!leaf_.defined()) throw Error(fmt::format("parameter {}: neither loaded nor initialised", name_));
  return requires_grad_ ? leaf_ : constant_;
}

Tensor Parameter::value() const {
  if (!has_value()) throw Error(fmt::format("parameter {}: neither loaded nor initialised", name_));
  return value_;
}

void Parameter::set_value(Tensor value) {
  if (value.shape() != shape_ || value.dtype() != dtype_) {
    throw Error(fmt::format("parameter {}: {} {} expected, got {}", name_, hone::name_of(dtype_),
                            to_string(shape_), describe(value)));
  }
  value_ = std::move(value);
  set_var(shadowed_ ? Tensor() : value_);
}

void Parameter::set_var(Tensor value) {
  leaf_ = value.defined() ? Var::leaf(std::move(value)) : Var();
  constant_ = leaf_.detach();
}

void Parameter::zero_grad() const {
  if (leaf_.defined()) leaf_.zero_grad();
}

Tensor Parameter::allocate() {
  if (!has_value()) set_value(Tensor::empty(shape_, dtype_));
  value_.values_changed();
  return value_;
}

void Parameter::update_shadow(Tensor memory) {
  if (!shadowed_) return;
  if (!memory.defined())
    memory = leaf_.defined() ? leaf_.value() : Tensor::empty(shape_, Dtype::bf16, value().device());
  launch(value().device(), kernels::Copy{.x = value(), .out = {.view = memory}});
  if (leaf_.defined() && leaf_.value().view().data == memory.view().data) return;
  set_var(std::move(memory));
}

void Parameter::to(Device device) {
  if (!has_value() || value_.device() == device) return;
  set_value(value_.to(device));
  update_shadow();
}

void Parameter::initialise(uint64_t seed, uint64_t index) {
  const Tensor out = Tensor::empty(shape_, dtype_);
  if (dtype_ == Dtype::f32) fill<float>(out, initialiser_, seed, index);
  if (dtype_ == Dtype::f64) fill<double>(out, initialiser_, seed, index);
  set_value(out);
}

Module::Module(Dtype dtype) : dtype_(dtype), compute_dtype_(dtype) {
  if (dtype == Dtype::f32 || dtype == Dtype::f64) return;
  throw Error(fmt::format("module: parameters in {}, expected f32 or f64; bf16 is a type to compute in",
                          hone::name_of(dtype)));
}

Module::Module(Module& parent, const std::string& name) : Module(parent, name, parent.compute_dtype_) {}

Module::Module(Module& parent, const std::string& name, Dtype compute_dtype)
    : parent_(&parent), training_(parent.training_), dtype_(parent.dtype_), compute_dtype_(compute_dtype) {
  parent.children_.emplace_back(name, this);
}

Module::~Module() {
  if (parent_) std::erase_if(parent_->children_, [&](const auto& child) { return child.second == this; });
  for (const auto& [name, child] : children_) child->parent_ = nullptr;
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
    named.parameter->update_shadow();
    ++index;
  }
}

void Module::to(Device device) {
  for (const NamedParameter& named : parameters()) named.parameter->to(device);
  if (dropout_state_) dropout_state_->to(device);
}

DropoutState& Module::dropout_state() {
  if (parent_) return parent_->dropout_state();
  if (!dropout_state_) dropout_state_ = std::make_unique<DropoutState>();
  return *dropout_state_;
}

void Module::train(bool on) {
  training_ = on;
  for (const auto& [name, child] : children_) child->train(on);
}

void Module::set_requires_grad(bool wanted) {
  for (const NamedParameter& named : parameters()) named.parameter->set_requires_grad(wanted);
}

void Module::zero_grad() const {
  for (const NamedParameter& named : parameters()) named.parameter->zero_grad();
}

Parameter& Module::add_parameter(const std::string& name, const Shape& shape, Initialiser initialiser,
                                 ParameterKind kind) {
  parameters_.push_back(std::make_unique<Parameter>(name, shape, initialiser, kind, dtype_, compute_dtype_));
  return *parameters_.back();
}

}  // namespace hone
