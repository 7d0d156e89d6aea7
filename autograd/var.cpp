#include <hone/autograd/var.h>

#include <atomic>
#include <utility>

#include <hone/core/error.h>
#include "autograd/node.h"
#include "core/kernels/marks.h"

namespace hone {
namespace {

thread_local bool t_grad_enabled = true;

std::shared_ptr<GradSlot> slot_for(const Tensor& value) {
  auto slot = std::make_shared<GradSlot>();
  slot->shape = value.shape();
  slot->dtype = value.dtype();
  slot->device = value.device();
  return slot;
}

}  // namespace

// A node owns its inputs' slots and they their producers: a long graph would be freed by as deep a recursion.
// So what only this slot keeps alive is taken apart here, one node after the other.
GradSlot::~GradSlot() {
  std::vector<std::shared_ptr<Node>> nodes{std::move(producer)};
  while (!nodes.empty()) {
    const std::shared_ptr<Node> node = std::move(nodes.back());
    nodes.pop_back();
    if (!node || node.use_count() > 1) continue;
    for (const auto& slot : node->inputs) {
      if (slot && slot.use_count() == 1) nodes.push_back(std::move(slot->producer));
    }
  }
}

void GradSlot::settle() {
  if (whole) whole->settle();
  if (std::exchange(stale, false)) grad.set_zero();
}

void GradSlot::forget_marks() const {
  if (whole) whole->forget_marks();
  static_assert(mark::kGradient == 0);
  if (marks.defined()) marks.set_zero();
}

Var Var::leaf(Tensor value) {
  if (value.dtype() == Dtype::i32) throw Error("leaf: i32 tensors have no gradient");
  Var out(std::move(value));
  out.slot_ = slot_for(out.value_);
  out.slot_->dtype = acc_of(out.dtype());
  out.slot_->leaf = true;
  return out;
}

Tensor Var::grad() const {
  if (!slot_ || !slot_->leaf) throw Error("grad: only leaves keep a gradient");
  if (!slot_->grad.defined()) slot_->grad = Tensor::zeros(slot_->shape, slot_->dtype, slot_->device);
  slot_->settle();
  slot_->forget_marks();  // whoever asks may write to it
  return slot_->grad;
}

void Var::zero_grad() const {
  if (!slot_ || !slot_->leaf) throw Error("zero_grad: only leaves keep a gradient");
  slot_->settle();
  if (slot_->grad.defined()) slot_->grad.set_zero();
}

void Var::set_grad_stale(bool stale) const {
  if (!slot_ || !slot_->leaf) throw Error("set_grad_stale: only leaves keep a gradient");
  slot_->stale = stale && slot_->grad.defined();
}

void Var::set_grad(Tensor grad, Tensor marks) {
  if (!slot_ || !slot_->leaf) throw Error("set_grad: only leaves keep a gradient");
  if (grad.shape() != slot_->shape || grad.dtype() != slot_->dtype) {
    throw Error("set_grad: " + describe(grad) + " for a value of shape " + to_string(slot_->shape));
  }
  kernels::require_marks("set_grad", marks, grad);
  slot_->grad = std::move(grad);
  slot_->marks = std::move(marks);
  slot_->stale = false;
}

bool Var::gathers_in(const Tensor& grad, const Tensor& marks) const {
  const auto same = [](const Tensor& a, const Tensor& b) {
    return a.defined() == b.defined() && (!a.defined() || a.view().data == b.view().data);
  };
  if (!slot_ || !same(slot_->grad, grad) || !same(slot_->marks, marks)) return false;
  slot_->settle();
  return true;
}

Var Var::rows(int64_t begin, int64_t end) const {
  Tensor part = value_.slice(begin, end);
  if (!slot_) return Var(std::move(part));
  if (!slot_->leaf) throw Error("rows: of an op's result use slice_rows()");
  Var out = leaf(std::move(part));
  if (!slot_->grad.defined()) grad();
  out.slot_->grad = slot_->grad.slice(begin, end);
  out.slot_->whole = slot_;
  return out;
}

GradMode::GradMode(bool enabled) : previous_(std::exchange(t_grad_enabled, enabled)) {}
GradMode::~GradMode() { t_grad_enabled = previous_; }
bool grad_enabled() { return t_grad_enabled; }

Var record(std::shared_ptr<Node> node, Tensor value, std::vector<Var> inputs) {
  Var out(std::move(value));
  bool wanted = false;
  for (const Var& input : inputs) wanted = wanted || input.requires_grad();
  if (!wanted || !grad_enabled()) return out;
  static std::atomic<uint64_t> count = 0;
  node->order = ++count;
  for (const Var& input : inputs) node->inputs.push_back(input.slot());
  out.slot_ = slot_for(out.value_);
  out.slot_->producer = std::move(node);
  return out;
}

void refuse_gradients(const char* op, const std::vector<Var>& inputs) {
  for (const Var& input : inputs) {
    if (grad_enabled() && input.requires_grad()) {
      throw Error(std::string(op) +
                  ": has no backward pass, but an input requires a gradient (detach() it, or use NoGrad)");
    }
  }
}

Tensor empty_like(const Tensor& x, const Shape& shape) { return Tensor::empty(shape, x.dtype(), x.device()); }
Tensor empty_acc_like(const Tensor& x, const Shape& shape) {
  return Tensor::empty(shape, acc_of(x.dtype()), x.device());
}

}  // namespace hone
