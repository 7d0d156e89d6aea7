#include "nn/optim/flat_parameters.h"

#include <fmt/core.h>

#include <algorithm>
#include <set>

#include <hone/core/error.h>
#include "autograd/node.h"
#include "core/dispatch.h"
#include "core/kernels/marks.h"

namespace hone {
namespace {

enum Kind { kShadowedMatrix, kMatrix, kOther, kKinds };

int kind_of(const Parameter& p) {
  if (p.shadowed()) return kShadowedMatrix;
  return p.kind() == ParameterKind::matrix ? kMatrix : kOther;
}

// No two parameters share a mark.
int64_t padded(const Parameter& p) {
  const Dtype dtype = p.value().dtype();
  return kernels::marks_for(p.shape().elements(), dtype) * kernels::marked(dtype);
}

Gradient& gradient_of(const Parameter& p) { return leaf_gradient("optimizer", p.var()); }

// A table's marks when its moments are these. A gradient that has gathered is still there.
std::vector<int32_t> with_moments(std::vector<int32_t> marks, const std::vector<Tensor>& moments) {
  for (int32_t& one : marks) one = one == mark::kGradient ? one : mark::kNothing;
  for (const Tensor& each : moments) {
    with_master(each.dtype(), [&](auto t) {
      using T = decltype(t);
      const Tensor host = each.to(Device{});
      for (size_t i = 0; const T x : host.span<T>()) {
        if (x != 0) marks[i / kMarked<T>] = std::min<int32_t>(marks[i / kMarked<T>], mark::kMoments);
        ++i;
      }
    });
  }
  return marks;
}

void require_disjoint(const std::vector<ParameterGroup>& groups) {
  std::set<const Parameter*> seen;
  for (const ParameterGroup& group : groups) {
    for (const Parameter* p : group.parameters) {
      if (p->requires_grad() && !seen.insert(p).second)
        throw Error(fmt::format("optimizer: parameter {} is in two groups", p->name()));
    }
  }
  if (seen.empty()) throw Error("optimizer: no parameter requires a gradient");
}

}  // namespace

Tensor FlatParameters::Place::in(const Tensor& buffer) const {
  return buffer.slice(at, at + parameter->shape().elements()).reshape(parameter->shape());
}

FlatParameters::FlatParameters(const std::vector<ParameterGroup>& groups) {
  require_disjoint(groups);
  std::vector<size_t> range_of;  // of each place
  for (const ParameterGroup& group : groups) {
    for (int kind = 0; kind < kKinds; ++kind) {
      add_range(group, kind);
      range_of.resize(places_.size(), ranges_.size() - 1);
    }
  }
  const Dtype dtype = places_[0].parameter->value().dtype();
  const Device device = places_[0].parameter->value().device();
  // The other buffers can take the place of the values' own memory, which the parameters give up one by one.
  values_ = Tensor::zeros({ranges_.back().end}, dtype, device);
  for (size_t i = 0; i < places_.size(); ++i) move_in(places_[i], ranges_[range_of[i]]);
  gradients_ = zeros();
  marks_ = Tensor::full({kernels::marks_for(values_.elements(), dtype)}, mark::kAlways, Dtype::i32, device);
  for (Place& place : places_) hand_out_gradient(place);
}

// The group's parameters of one kind, behind all that are there.
void FlatParameters::add_range(const ParameterGroup& group, int kind) {
  const int64_t begin = ranges_.empty() ? 0 : ranges_.back().end;
  int64_t end = begin;
  for (Parameter* p : group.parameters) {
    if (!p->requires_grad() || kind_of(*p) != kind) continue;
    places_.push_back({p, end, {}});
    end += padded(*p);
  }
  if (end == begin) return;
  ranges_.push_back({begin, end, group.weight_decay, group.learning_rate_scale, kind != kOther, {}});
  if (kind != kShadowedMatrix) return;
  ranges_.back().shadow =
      Tensor::zeros({end - begin}, Dtype::bf16, places_.back().parameter->value().device());
}

void FlatParameters::move_in(Place& place, const Range& range) {
  Parameter& parameter = *place.parameter;
  Tensor value = place.in(values_);
  value.copy_from(parameter.value());
  parameter.set_value(value);
  if (!parameter.shadowed()) return;
  const int64_t at = place.at - range.begin;
  parameter.update_shadow(range.shadow.slice(at, at + value.elements()).reshape(value.shape()));
}

void FlatParameters::hand_out_gradient(Place& place) {
  const Parameter& parameter = *place.parameter;
  if (parameter.kind() == ParameterKind::table) {
    const int64_t begin = place.at / kernels::marked(dtype()),
                  count = kernels::marks_for(parameter.shape().elements(), dtype());
    place.marks = marks_.slice(begin, begin + count);
    place.marks.copy_from(Tensor::full({count}, mark::kNothing, Dtype::i32));
  }
  gradient_of(parameter).live_in(place.in(gradients_), place.marks);
}

Tensor FlatParameters::zeros() const { return Tensor::zeros(values_.shape(), dtype(), device()); }

View FlatParameters::marks_of(const Range& range) const {
  if (range.keeps_gradient) return {};  // no table is among them
  return marks_.slice(range.begin / kernels::marked(dtype()), range.end / kernels::marked(dtype()));
}

void FlatParameters::begin_gradients(bool first) const {
  for (const Place& place : places_) {
    const Parameter& p = *place.parameter;
    if (kind_of(p) == kOther || !p.requires_grad()) continue;
    first ? gradient_of(p).discard() : gradient_of(p).keep();
  }
}

void FlatParameters::end_gradients() const {
  for (const Place& place : places_) {
    const Parameter& p = *place.parameter;
    if (!p.requires_grad()) {
      throw Error(fmt::format(
          "optimizer: parameter {} was frozen after the optimizer was made; make another one", p.name()));
    }
    if (!gradient_of(p).lives_in(place.in(gradients_), place.marks)) {
      throw Error(fmt::format("optimizer: parameter {} has been given another value, gradient or optimizer",
                              p.name()));
    }
    gradient_of(p).settle();
  }
}

void FlatParameters::discard_gradients() const { begin_gradients(true); }

void FlatParameters::clear_gradients() const {
  for (const Place& place : places_) place.parameter->zero_grad();
}

void FlatParameters::mark_moments(std::span<const Tensor> moments) {
  for (Place& place : places_) {
    if (!place.marks.defined()) continue;
    std::vector<Tensor> own;
    for (const Tensor& buffer : moments) own.push_back(place.in(buffer));
    const auto marks = with_moments(place.marks.to(Device{}).to_vector<int32_t>(), own);
    place.marks.copy_from(Tensor::from(marks, place.marks.shape()));
  }
}

}  // namespace hone
