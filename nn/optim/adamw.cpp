#include <hone/nn/optim/adamw.h>

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include <hone/core/error.h>
#include "core/dispatch.h"
#include "core/kernels/adamw.h"
#include "core/kernels/copy.h"

namespace hone {
namespace {

// No two parameters share a mark.
int64_t padded(int64_t elements, Dtype dtype) {
  return kernels::marks_for(elements, dtype) * kernels::marked(dtype);
}

// Where a parameter lives in a buffer.
Tensor part_of(const Tensor& buffer, const Parameter& parameter, int64_t at) {
  return buffer.slice(at, at + parameter.shape().elements()).reshape(parameter.shape());
}

// A table's marks, where it has moments now. A gradient that has gathered is still there.
std::vector<int32_t> with_moments(std::vector<int32_t> marks, const Tensor& first, const Tensor& second) {
  for (int32_t& one : marks) one = one == mark::kGradient ? one : mark::kNothing;
  with_master(first.dtype(), [&](auto t) {
    using T = decltype(t);
    for (const Tensor& moments : {first.to(Device{}), second.to(Device{})}) {
      for (size_t i = 0; const T x : moments.span<T>()) {
        if (x != 0) marks[i / kMarked<T>] = std::min<int32_t>(marks[i / kMarked<T>], mark::kMoments);
        ++i;
      }
    }
  });
  return marks;
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

AdamW::Residents AdamW::residents_like(const Parameter& p) {
  if (p.shadowed()) return Residents::shadowed_matrices;
  return p.kind() == ParameterKind::matrix ? Residents::matrices : Residents::others;
}

AdamW::AdamW(const std::vector<ParameterGroup>& groups, const AdamSettings& settings) {
  struct Resident {
    Parameter* parameter;
    int64_t at;
    size_t range;
  };
  std::vector<Resident> all;
  std::set<const Parameter*> taken;
  int64_t end = 0;
  for (const ParameterGroup& group : groups) {
    AdamSettings own = settings;
    own.weight_decay = group.weight_decay;
    for (const Residents residents : {Residents::shadowed_matrices, Residents::matrices, Residents::others}) {
      const int64_t begin = end;
      for (Parameter* p : group.parameters) {
        if (!p->requires_grad() || residents_like(*p) != residents) continue;
        if (!taken.insert(p).second)
          throw Error(fmt::format("optimizer: parameter {} is in two groups", p->name()));
        all.push_back({p, end, ranges_.size()});
        end += padded(p->shape().elements(), p->value().dtype());
      }
      if (end == begin) continue;
      ranges_.push_back({begin, end, residents, own, group.learning_rate_scale, {}});
      if (residents == Residents::shadowed_matrices) {
        ranges_.back().shadow =
            Tensor::zeros({end - begin}, Dtype::bf16, all.back().parameter->value().device());
      }
    }
  }
  if (all.empty()) throw Error("optimizer: no parameter requires a gradient");
  const Device device = all[0].parameter->value().device();
  const Dtype dtype = all[0].parameter->value().dtype();
  control_ = Tensor::zeros({static_cast<int64_t>(ranges_.size()), 2}, Dtype::f64, device);
  // The other buffers can take the place of the values' own memory, which the parameters give up one by one.
  p_ = Tensor::zeros({end}, dtype, device);
  for (const auto& [parameter, at, range] : all) move_in(*parameter, at, ranges_[range]);
  for (Tensor* buffer : {&g_, &m_, &v_}) *buffer = Tensor::zeros({end}, dtype, device);
  marks_ = Tensor::full({kernels::marks_for(end, dtype)}, mark::kAlways, Dtype::i32, device);
  for (Place& place : places_) hand_out_gradient(place);
  guard_ = Tensor::zeros({4}, Dtype::f64, device);
}

void AdamW::hand_out_gradient(Place& place) {
  const Parameter& p = *place.parameter;
  if (p.kind() == ParameterKind::table) {
    const int64_t begin = place.at / kernels::marked(g_.dtype()),
                  count = kernels::marks_for(p.shape().elements(), g_.dtype());
    place.marks = marks_.slice(begin, begin + count);
    place.marks.copy_from(Tensor::full({count}, mark::kNothing, Dtype::i32));
  }
  Var(p.var()).set_grad(part_of(g_, p, place.at), place.marks);
}

void AdamW::move_in(Parameter& parameter, int64_t at, const Range& range) {
  places_.push_back({&parameter, at, {}});
  const Tensor old = parameter.value();
  part_of(p_, parameter, at).copy_from(old);
  parameter.set_value(part_of(p_, parameter, at));
  if (parameter.shadowed()) parameter.update_shadow(part_of(range.shadow, parameter, at - range.begin));
}

std::vector<AdamW::Moments> AdamW::moments() const {
  std::vector<Moments> out;
  for (const auto& [parameter, at, marks] : places_) {
    out.push_back({parameter, part_of(m_, *parameter, at), part_of(v_, *parameter, at)});
  }
  return out;
}

void AdamW::resume_at(int64_t steps) {
  steps_ = steps;
  for (Place& place : places_) {
    if (!place.marks.defined()) continue;
    const auto part = [&](const Tensor& buffer) { return part_of(buffer, *place.parameter, place.at); };
    const auto marks = with_moments(place.marks.to(Device{}).to_vector<int32_t>(), part(m_), part(v_));
    place.marks.copy_from(Tensor::from(marks, place.marks.shape()));
  }
}

const Tensor& AdamW::gradients() const {
  for (const Place& place : places_) place.parameter->grad();  // clears what is stale; marks: anywhere
  return g_;
}

AdamW::StepResult AdamW::step(const Tensor& loss, double learning_rate) {
  begin(learning_rate);
  update(loss);
  ask();
  return finish();
}

void AdamW::begin(double learning_rate) {
  std::vector<double> control;
  for (const Range& range : ranges_) {
    control.push_back(learning_rate * range.learning_rate_scale);
    control.push_back(static_cast<double>(steps_begun() + 1));
  }
  control_.copy_from(Tensor::from(control, control_.shape()));
}

void AdamW::set_stale(bool stale) {
  for (const Place& place : places_) {
    const Parameter& p = *place.parameter;
    if (p.kind() == ParameterKind::matrix && p.requires_grad()) p.var().set_grad_stale(stale);
  }
}

void AdamW::begin_gradients(bool first) { set_stale(first); }

void AdamW::end_gradients() {
  for (const Place& place : places_) {
    const Parameter& p = *place.parameter;
    if (!p.requires_grad()) {
      throw Error(fmt::format(
          "optimizer: parameter {} was frozen after the optimizer was made; make another one", p.name()));
    }
    if (p.var().gathers_in(part_of(g_, p, place.at), place.marks)) continue;
    throw Error(
        fmt::format("optimizer: parameter {} has been given another value, gradient or optimizer", p.name()));
  }
}

void AdamW::update(const Tensor& loss) {
  const Device device = p_.device();
  end_gradients();
  launch(device, kernels::Copy{loss, {guard_.slice(0, 1), 0}});
  launch(device, kernels::SumSquares{g_, guard_.slice(1, 2), marks_});
  launch(device, kernels::Copy{guard_.slice(0, 2), {guard_.slice(2, 4), 1}});
  kernels::AdamW all{{}, guard_};
  for (const Range& range : ranges_) {
    const auto part = [&](const Tensor& buffer) { return buffer.slice(range.begin, range.end); };
    const auto at = static_cast<int64_t>(all.parts.size());
    const Tensor control = control_.slice(at, at + 1).reshape({2});
    const bool overwritten = range.residents != Residents::others;
    all.parts.push_back(
        {part(p_), part(g_), part(m_), part(v_), control, range.settings, range.shadow, overwritten});
    if (overwritten) continue;  // no table is
    all.parts.back().marks =
        marks_.slice(range.begin / kernels::marked(p_.dtype()), range.end / kernels::marked(p_.dtype()));
  }
  launch(device, all);
  set_stale(true);
}

void AdamW::ask() {
  asked_.push_back(runtime_of(p_.device()).download(guard_.view().data, static_cast<size_t>(guard_.bytes())));
}

AdamW::StepResult AdamW::finish() {
  if (asked_.empty()) throw Error("optimizer: no step was asked for");
  const std::unique_ptr<Download> oldest = std::move(asked_.front());
  asked_.pop_front();
  const auto* guard = static_cast<const double*>(oldest->wait());
  const double loss = guard[0], norm = std::sqrt(std::abs(guard[1]));  // not the sign of a NaN
  const bool finite =
      std::all_of(guard, guard + guard_.elements(), [](double x) { return std::isfinite(x); });
  if (finite) ++steps_;
  if (!finite) {
    const Tensor sums = guard_.slice(2, 4);
    runtime_of(sums.device()).zero(sums.view().data, static_cast<size_t>(sums.bytes()));
  }
  return {loss, norm, finite};
}

}  // namespace hone
