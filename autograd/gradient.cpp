#include "autograd/gradient.h"

#include <utility>

#include <hone/core/error.h>
#include "core/kernels/marks.h"

namespace hone {

Gradient::Gradient(const Shape& shape, Dtype dtype, Device device, Life life)
    : shape_(shape), dtype_(dtype), device_(device), life_(life) {}

Gradient Gradient::part_of(std::shared_ptr<Gradient> whole, int64_t begin, int64_t end) {
  whole->ensure_memory();
  Tensor memory = whole->memory_.slice(begin, end);
  Gradient part(memory.shape(), memory.dtype(), memory.device(), Life::kept);
  part.memory_ = std::move(memory);
  part.whole_ = std::move(whole);
  return part;
}

Gradient::Content Gradient::content() const {
  if (!memory_.defined()) return Content::nothing;
  if (stale_) return Content::stale;
  return marks_.defined() ? Content::rows : Content::all;
}

GradOut Gradient::for_write(bool twice) {
  mark_all();
  return place(twice);
}

Gradient::Rows Gradient::for_rows(bool twice) {
  if (whole_) whole_->mark_all();
  return {place(twice), marks_};
}

GradOut Gradient::place(bool twice) {
  if (whole_) whole_->settle();  // its parts may not cover it
  const bool defined = memory_.defined();
  if (!defined) memory_ = Tensor::empty(shape_, dtype_, device_);
  const bool overwrite = defined ? std::exchange(stale_, false) : true;
  const bool needs_zeros = twice || (!defined && life_ == Life::kept);
  if (overwrite && needs_zeros) memory_.set_zero();
  return {memory_.view(), !overwrite || needs_zeros};
}

Tensor Gradient::read() {
  ensure_memory();
  settle();
  mark_all();  // the caller may write to it
  return memory_;
}

void Gradient::clear() {
  if (whole_) whole_->settle();
  stale_ = false;
  if (memory_.defined()) memory_.set_zero();
}

void Gradient::ensure_memory() {
  if (!memory_.defined()) memory_ = Tensor::zeros(shape_, dtype_, device_);
}

void Gradient::discard() { stale_ = memory_.defined(); }

void Gradient::free() {
  memory_ = {};
  stale_ = false;
}

void Gradient::live_in(Tensor memory, Tensor marks) {
  if (memory.shape() != shape_ || memory.dtype() != dtype_) {
    throw Error("set_grad: " + describe(memory) + " for a value of shape " + to_string(shape_));
  }
  kernels::require_marks("set_grad", marks, memory);
  memory_ = std::move(memory);
  marks_ = std::move(marks);
  stale_ = false;
}

bool Gradient::lives_in(const Tensor& memory, const Tensor& marks) const {
  const auto same = [](const Tensor& a, const Tensor& b) {
    return a.defined() == b.defined() && (!a.defined() || a.view().data == b.view().data);
  };
  return same(memory_, memory) && same(marks_, marks);
}

void Gradient::settle() {
  if (whole_) whole_->settle();
  if (std::exchange(stale_, false)) memory_.set_zero();
}

void Gradient::mark_all() const {
  if (whole_) whole_->mark_all();
  static_assert(mark::kGradient == 0);
  if (marks_.defined()) marks_.set_zero();
}

}  // namespace hone
