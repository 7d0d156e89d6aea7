// The engine: from the root backwards through all nodes, the youngest first, so that every value's gradient
// is complete before the op that made the value gets it.
#include <hone/autograd/backward.h>

#include <algorithm>
#include <unordered_set>
#include <utility>

#include <hone/core/error.h>
#include "autograd/node.h"

namespace hone {
namespace {

constexpr const char* kUsed =
    "backward: this graph has been used already and what it saved is freed; run the forward pass again";

// The slots of all values made by ops that the root depends on, the youngest first.
std::vector<std::shared_ptr<GradSlot>> values_below(const std::shared_ptr<GradSlot>& root) {
  std::vector<std::shared_ptr<GradSlot>> values{root};
  std::unordered_set<GradSlot*> seen{root.get()};
  for (size_t i = 0; i < values.size(); ++i) {
    const std::shared_ptr<Node> node = values[i]->producer;
    for (const auto& slot : node->inputs) {
      if (!slot || slot->leaf) continue;
      if (slot->used) throw Error(kUsed);
      if (seen.insert(slot.get()).second) values.push_back(slot);
    }
  }
  std::ranges::sort(values,
                    [](const auto& a, const auto& b) { return a->producer->order > b->producer->order; });
  return values;
}

void add_upstream(const Var& root, const Tensor& upstream) {
  const Tensor& value = root.value();
  if (!upstream.defined()) {
    if (value.elements() != 1) {
      throw Error("backward: a result of shape " + to_string(value.shape()) + " needs an upstream gradient");
    }
    root.slot()->gradient.live_in(Tensor::full(value.shape(), 1, value.dtype(), value.device()));
    return;
  }
  if (upstream.shape() != value.shape() || upstream.dtype() != value.dtype()) {
    throw Error("backward: the upstream gradient is " + describe(upstream) + ", the result " +
                describe(value));
  }
  root.slot()->gradient.live_in(upstream.clone());
}

void use_up(std::shared_ptr<GradSlot>& value) {
  value->gradient.free();
  value->producer = nullptr;  // frees what the op saved
  value->used = true;
  value = nullptr;
}

// Runs the backward pass of the op that made `value`, whose gradient is complete.
void pass_on(std::shared_ptr<GradSlot>& value) {
  if (value->gradient.content() != Gradient::Content::nothing) {
    GradSink sink(*value->producer);
    value->producer->backward(value->gradient.read(), sink);
  }
  use_up(value);
}

}  // namespace

void backward(const Var& root, const Tensor& upstream) {
  if (!root.requires_grad() || root.slot()->leaf) {
    throw Error("backward: the result does not depend on anything that requires a gradient");
  }
  if (root.slot()->used) throw Error(kUsed);
  auto values = values_below(root.slot());
  add_upstream(root, upstream);
  size_t next = 0;
  try {
    for (; next < values.size(); ++next) pass_on(values[next]);
  } catch (...) {
    // After an exception the graph counts as used: another call must not add to the gradients gathered so
    // far.
    for (; next < values.size(); ++next) use_up(values[next]);
    throw;
  }
}

}  // namespace hone
