#include <hone/nn/optim/optimizer.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include <hone/autograd/ops/shape.h>
#include <hone/core/error.h>
#include "core/device_runtime.h"
#include "core/kernels/adamw.h"
#include "core/kernels/copy.h"
#include "nn/optim/flat_parameters.h"

namespace hone {

std::vector<ParameterGroup> decay_groups(const Module& module, double weight_decay) {
  ParameterGroup with{{}, weight_decay}, without{{}, 0};
  for (const NamedParameter& named : module.parameters()) {
    Parameter* p = named.parameter;
    if (p->requires_grad()) (p->decays() && weight_decay != 0 ? with : without).parameters.push_back(p);
  }
  return {with, without};
}

Optimizer::Optimizer(const std::vector<ParameterGroup>& groups)
    : parameters_(std::make_unique<FlatParameters>(groups)),
      guard_(Tensor::zeros({4}, Dtype::f64, parameters_->device())),
      control_(Tensor::zeros({static_cast<int64_t>(parameters_->ranges().size()), 2}, Dtype::f64,
                             parameters_->device())),
      one_(Tensor::full({1}, 1, parameters_->dtype(), parameters_->device())) {}

Optimizer::~Optimizer() = default;

Optimizer::StepResult Optimizer::step(const Tensor& loss, double learning_rate) {
  if (!submitted_.empty()) throw Error("optimizer: a step is under way; finish() it first");
  Step step = begin(learning_rate);
  update(loss, true);
  step.complete_ = true;
  step.submit();
  return finish();
}

Optimizer::Step Optimizer::begin(double learning_rate) {
  if (step_is_open_) throw Error("optimizer: a step is begun already; submit() it first");
  std::vector<double> control;
  for (const FlatParameters::Range& range : parameters_->ranges()) {
    control.push_back(learning_rate * range.learning_rate_scale);
    control.push_back(static_cast<double>(steps_begun() + 1));
  }
  control_.copy_from(Tensor::from(control, control_.shape()));
  step_is_open_ = true;
  return Step(*this);
}

Tensor Optimizer::control(size_t range) const {
  const auto at = static_cast<int64_t>(range);
  return control_.slice(at, at + 1).reshape({2});
}

void Optimizer::gather(const Var& loss, bool first, bool last) {
  if (loss.shape().elements() != 1) {
    throw Error("optimizer: the loss must be one number, got " + describe(loss.value()));
  }
  const Var number = cast(loss.shape() == Shape{1} ? loss : reshape(loss, {1}), one_.dtype());
  parameters_->begin_gradients(first);
  backward(number, one_);
  if (last) return update(number.value(), first);
  parameters_->end_gradients();
  launch(guard_.device(),
         kernels::Copy{.x = number.value(), .out = {.view = guard_.slice(0, 1), .add = !first}});
}

void Optimizer::update(const Tensor& loss, bool first) {
  const Device device = guard_.device();
  parameters_->end_gradients();
  launch(device, kernels::Copy{.x = loss, .out = {.view = guard_.slice(0, 1), .add = !first}});
  launch(device,
         kernels::SumSquares{
             .x = parameters_->gradients(), .out = guard_.slice(1, 2), .marks = parameters_->marks()});
  launch(device, kernels::Copy{.x = guard_.slice(0, 2), .out = {.view = guard_.slice(2, 4), .add = true}});
  launch_update();
  parameters_->discard_gradients();
}

Optimizer::StepResult Optimizer::finish() {
  if (submitted_.empty()) throw Error("optimizer: no step was submitted");
  const std::unique_ptr<Download> oldest = std::move(submitted_.front());
  submitted_.pop_front();
  const auto* guard = static_cast<const double*>(oldest->wait());
  const double loss = guard[0], norm = std::sqrt(std::abs(guard[1]));  // not the sign of a NaN
  const bool finite =
      std::all_of(guard, guard + guard_.elements(), [](double x) { return std::isfinite(x); });
  if (finite) ++steps_;
  if (!finite) guard_.slice(2, 4).set_zero();
  return {loss, norm, finite};
}

std::vector<Optimizer::State> Optimizer::state() const {
  std::vector<State> out;
  for (const FlatParameters::Place& place : parameters_->places()) {
    for (const Buffer& buffer : buffers())
      out.push_back({place.parameter, buffer.name, place.in(buffer.values)});
  }
  return out;
}

void Optimizer::resume_at(int64_t steps) {
  steps_ = steps;
  std::vector<Tensor> moments;
  for (const Buffer& buffer : buffers()) moments.push_back(buffer.values);
  parameters_->mark_moments(moments);
}

const Tensor& Optimizer::values() const { return parameters_->values(); }

const Tensor& Optimizer::gradients() const {
  for (const FlatParameters::Place& place : parameters_->places()) place.parameter->grad();
  return parameters_->gradients();
}

Optimizer::Step::Step(Step&& other) noexcept
    : optimizer_(std::exchange(other.optimizer_, nullptr)), any_(other.any_), complete_(other.complete_) {}

Optimizer::Step::~Step() {
  if (optimizer_ == nullptr) return;
  optimizer_->step_is_open_ = false;
  if (!any_) return;
  try {
    optimizer_->parameters_->clear_gradients();
  } catch (const std::exception&) {  // the device fails: one that says so is on its way
  }
}

void Optimizer::Step::micro_batch(bool last, const std::function<void(const MicroBatch&)>& work) {
  if (optimizer_ == nullptr || complete_) throw Error("optimizer: a micro-batch after the step's last one");
  const bool first = !std::exchange(any_, true);
  work(MicroBatch(*optimizer_, first, last));
  complete_ = last;
}

void Optimizer::Step::submit() {
  if (optimizer_ == nullptr || !complete_)
    throw Error("optimizer: submit() before the step's last micro-batch");
  const Tensor& guard = optimizer_->guard_;
  optimizer_->submitted_.push_back(
      runtime_of(guard.device()).download(guard.view().data, static_cast<size_t>(guard.bytes())));
  std::exchange(optimizer_, nullptr)->step_is_open_ = false;
}

}  // namespace hone
