#include "nn/optim/adamw.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "core/kernels/copy.h"

namespace hone {
namespace {

constexpr int64_t kAlignment = 256;  // bytes

int64_t padded(int64_t elements, Dtype dtype) {
  const int64_t unit = kAlignment / size_of(dtype);
  return (elements + unit - 1) / unit * unit;
}

// Where a parameter lives in a buffer.
Tensor part_of(const Tensor& buffer, const Parameter& parameter, int64_t at) {
  return buffer.slice(at, at + parameter.shape().elements()).reshape(parameter.shape());
}

}  // namespace

std::vector<ParameterGroup> decay_groups(const Module& module, double weight_decay) {
  ParameterGroup with{{}, weight_decay}, without{{}, 0};
  for (const NamedParameter& named : module.parameters()) {
    Parameter* p = named.parameter;
    if (p->requires_grad()) (p->decays() && weight_decay != 0 ? with : without).parameters.push_back(p);
  }
  return {with, without};
}

AdamWOptimizer::AdamWOptimizer(const std::vector<ParameterGroup>& groups, const AdamSettings& settings) {
  std::vector<Parameter*> all;
  std::vector<int64_t> places{0};
  for (const ParameterGroup& group : groups) {
    const int64_t begin = places.back();
    for (Parameter* p : group.parameters) {
      if (!p->requires_grad()) continue;
      all.push_back(p);
      places.push_back(places.back() + padded(p->shape().elements(), p->value().dtype()));
    }
    AdamSettings own = settings;
    own.weight_decay = group.weight_decay;
    ranges_.push_back({begin, places.back(), own, group.learning_rate_scale});
  }
  if (all.empty()) throw Error("optimizer: no parameter requires a gradient");
  const Tensor first = all[0]->value();
  control_ = Tensor::zeros({static_cast<int64_t>(ranges_.size()), 2}, Dtype::f64, first.device());
  for (Tensor* buffer : {&p_, &g_, &m_, &v_}) {
    *buffer = Tensor::zeros({places.back()}, first.dtype(), first.device());
  }
  const bool shadowed = std::ranges::any_of(all, [](const Parameter* p) { return p->shadowed(); });
  if (shadowed) shadow_ = Tensor::zeros({places.back()}, Dtype::bf16, first.device());
  guard_ = Tensor::zeros({2}, Dtype::f64, first.device());
  for (size_t i = 0; i < all.size(); ++i) move_in(*all[i], places[i]);
}

void AdamWOptimizer::move_in(Parameter& parameter, int64_t at) {
  const auto part = [&](const Tensor& buffer) { return part_of(buffer, parameter, at); };
  places_.push_back({&parameter, at});
  const Tensor old = parameter.value();
  part(p_).copy_from(old);
  parameter.set_value(part(p_));
  if (parameter.shadowed()) parameter.update_shadow(part(shadow_));
  Var var = parameter.var();
  var.set_grad(part(g_));
}

std::vector<AdamWOptimizer::Moments> AdamWOptimizer::moments() const {
  std::vector<Moments> out;
  for (const auto& [parameter, at] : places_) {
    out.push_back({parameter, part_of(m_, *parameter, at), part_of(v_, *parameter, at)});
  }
  return out;
}

AdamWOptimizer::StepResult AdamWOptimizer::step(const Tensor& loss, double learning_rate) {
  begin(learning_rate);
  update(loss);
  return finish();
}

void AdamWOptimizer::begin(double learning_rate) {
  std::vector<double> control;
  for (const Range& range : ranges_) {
    control.push_back(learning_rate * range.learning_rate_scale);
    control.push_back(static_cast<double>(steps_ + 1));
  }
  control_.copy_from(Tensor::from(control, control_.shape()));
}

void AdamWOptimizer::update(const Tensor& loss) {
  const Device device = p_.device();
  launch(device, Copy{loss, {guard_.slice(0, 1), 0}});
  launch(device, SumSquares{g_, guard_.slice(1, 2)});
  for (size_t i = 0; i < ranges_.size(); ++i) {
    const Range& range = ranges_[i];
    const auto part = [&](const Tensor& buffer) { return buffer.slice(range.begin, range.end); };
    const auto at = static_cast<int64_t>(i);
    const Tensor control = control_.slice(at, at + 1).reshape({2});
    const View shadow = shadow_.defined() ? part(shadow_).view() : View{};
    launch(device, AdamW{part(p_), part(g_), part(m_), part(v_), control, guard_, range.settings, shadow});
  }
}

AdamWOptimizer::StepResult AdamWOptimizer::finish() {
  const auto guard = guard_.to(Device{}).to_vector<double>();
  const double norm = std::sqrt(guard[1]);
  const bool finite = std::isfinite(guard[0]) && std::isfinite(norm);
  if (finite) ++steps_;
  return {guard[0], norm, finite};
}

}  // namespace hone
