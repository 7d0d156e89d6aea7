#include "autograd/node.h"

#include <algorithm>
#include <atomic>
#include <string>
#include <utility>

#include <hone/core/error.h>

namespace hone {

// Frees the nodes that only this slot keeps alive one after the other: nodes own their inputs' slots and
// slots their producers, so freeing a long graph would otherwise recurse as deep.
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

Gradient& leaf_gradient(const char* caller, const Var& leaf) {
  if (!leaf.slot() || !leaf.slot()->leaf) throw Error(std::string(caller) + ": only leaves keep a gradient");
  return leaf.slot()->gradient;
}

bool GradSink::wants(size_t input) const { return node_.inputs.at(input) != nullptr; }

bool GradSink::twice(size_t input) const { return std::ranges::count(node_.inputs, node_.inputs[input]) > 1; }

GradOut GradSink::into(size_t input) {
  return wants(input) ? node_.inputs[input]->gradient.for_write(twice(input)) : GradOut{};
}

Gradient::Rows GradSink::into_rows(size_t input) {
  return wants(input) ? node_.inputs[input]->gradient.for_rows(twice(input)) : Gradient::Rows{};
}

Var record(std::shared_ptr<Node> node, Tensor value, std::vector<Var> inputs) {
  Var out(std::move(value));
  const bool wanted = std::ranges::any_of(inputs, [](const Var& input) { return input.requires_grad(); });
  if (!wanted || !grad_enabled()) return out;
  static std::atomic<uint64_t> count = 0;
  node->order = ++count;
  for (const Var& input : inputs) node->inputs.push_back(input.slot());
  out.slot_ = std::make_shared<GradSlot>();
  out.slot_->gradient = Gradient(out.shape(), out.dtype(), out.device(), Gradient::Life::passing);
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
