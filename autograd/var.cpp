#include <hone/autograd/var.h>

#include <string>
#include <utility>

#include <hone/core/error.h>
#include "autograd/node.h"

namespace hone {
namespace {

thread_local bool t_grad_enabled = true;

}  // namespace

Var Var::leaf(Tensor value) {
  if (value.dtype() == Dtype::i32) throw Error("leaf: i32 tensors have no gradient");
  Var out(std::move(value));
  out.slot_ = std::make_shared<GradSlot>();
  out.slot_->leaf = true;
  out.slot_->gradient = Gradient(out.shape(), acc_of(out.dtype()), out.device(), Gradient::Life::kept);
  return out;
}

Tensor Var::grad() const { return leaf_gradient("grad", *this).read(); }

void Var::zero_grad() const { leaf_gradient("zero_grad", *this).clear(); }

void Var::set_grad(Tensor grad) { leaf_gradient("set_grad", *this).live_in(std::move(grad)); }

Var Var::rows(int64_t begin, int64_t end) const {
  Tensor part = value_.slice(begin, end);
  if (!slot_) return Var(std::move(part));
  if (!slot_->leaf) throw Error("rows: of an op's result use slice_rows()");
  Var out = leaf(std::move(part));
  // The part holds this pointer, so the slot stays alive with its gradient.
  out.slot_->gradient = Gradient::part_of({slot_, &slot_->gradient}, begin, end);
  return out;
}

GradMode::GradMode(bool enabled) : previous_(std::exchange(t_grad_enabled, enabled)) {}
GradMode::~GradMode() { t_grad_enabled = previous_; }
bool grad_enabled() { return t_grad_enabled; }

}  // namespace hone
