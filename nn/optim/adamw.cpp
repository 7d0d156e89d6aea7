#include "nn/optim/adamw.h"

#include <algorithm>
#include <cmath>

#include "core/device_runtime.h"
#include "core/error.h"

namespace hone {
namespace {

constexpr int64_t kAlignment = 256;  // bytes

int64_t padded(int64_t elements, Dtype dtype) {
  const int64_t unit = kAlignment / size_of(dtype);
  return (elements + unit - 1) / unit * unit;
}

// Trained parameters, those that decay first, otherwise in their order.
std::vector<Parameter*> trained(const Module& module) {
  std::vector<Parameter*> out;
  for (const NamedParameter& named : module.parameters()) {
    if (named.parameter->requires_grad()) out.push_back(named.parameter);
  }
  std::ranges::stable_partition(out, [](const Parameter* p) { return p->decays(); });
  if (out.empty()) throw Error("optimizer: no parameter requires a gradient");
  return out;
}

}  // namespace

AdamWOptimizer::AdamWOptimizer(Module& module, const AdamSettings& settings) : settings_(settings) {
  const std::vector<Parameter*> parameters = trained(module);
  const Tensor first = parameters[0]->value();
  int64_t total = 0;
  for (const Parameter* p : parameters) {
    total += padded(p->shape().elements(), first.dtype());
    if (p->decays()) decayed_ = total;
  }
  for (Tensor* buffer : {&p_, &g_, &m_, &v_}) *buffer = Tensor::zeros({total}, first.dtype(), first.device());
  int64_t at = 0;
  for (Parameter* p : parameters) {
    const int64_t n = p->shape().elements();
    const auto part = [&](const Tensor& buffer) { return buffer.slice(at, at + n).reshape(p->shape()); };
    runtime_of(first.device()).copy(part(p_).view().data, p->value().view().data, static_cast<size_t>(p->value().bytes()));
    p->set_value(part(p_));
    Var var = p->var();
    var.set_grad(part(g_));
    at += padded(n, first.dtype());
  }
  control_ = Tensor::zeros({2}, Dtype::f64, first.device());
  guard_ = Tensor::zeros({2}, Dtype::f64, first.device());
}

AdamWOptimizer::StepResult AdamWOptimizer::step(const Tensor& loss, double learning_rate) {
  const Device device = p_.device();
  guard_.data<double>()[0] = loss.item();
  launch(device, SumSquares{g_, guard_.slice(1, 2)});
  control_.data<double>()[0] = learning_rate;
  control_.data<double>()[1] = static_cast<double>(steps_ + 1);
  launch(device, AdamW{p_, g_, m_, v_, control_, guard_, decayed_, settings_});
  const double norm = std::sqrt(guard_.data<double>()[1]);
  const bool finite = std::isfinite(guard_.data<double>()[0]) && std::isfinite(norm);
  if (finite) ++steps_;
  return {norm, finite};
}

}  // namespace hone
