#pragma once

#include <memory>
#include <vector>

#include <hone/core/tensor.h>

namespace hone {

struct Node;

// Where the gradient of one value gathers. Leaves (parameters) own a gradient that grows until somebody
// zeroes it or says that it is stale; the gradients of values that ops made live only while backward() passes
// them.
struct GradSlot {
  GradSlot() = default;
  ~GradSlot();
  GradSlot(const GradSlot&) = delete;
  GradSlot& operator=(const GradSlot&) = delete;

  Shape shape;
  Dtype dtype = Dtype::f32;
  Device device;
  Tensor grad;                      // undefined until the first contribution
  bool stale = false;               // what grad holds is of no use: the first contribution overwrites it
  std::shared_ptr<GradSlot> whole;  // of which this leaf is a part: null for most
  Tensor marks;  // of grad, for the optimizer whose memory it is (core/kernels/kinds.h): undefined for most

  // Clears what is stale, since a contribution will not overwrite all of it.
  void settle();
  // From now on there may be a gradient anywhere.
  void forget_marks() const;
  std::shared_ptr<Node> producer;  // null for leaves
  bool leaf = false;
  bool used = false;  // backward() has passed: the producer and what it had saved are gone
};

// A tensor in a graph: the value, and where its gradient goes if anybody wants one. Ops (autograd/ops/) take
// Vars and return Vars; kernels and optimizers only ever see Tensors. Copies are the same value and the same
// gradient.
class Var {
 public:
  Var() = default;
  // A constant: no gradient is computed for it.
  Var(Tensor value) : value_(std::move(value)) {}  // NOLINT: a tensor may stand wherever an op takes a Var

  // A value whose gradient is wanted: the end of the graph. The gradient has the value's type, or f32 for a
  // bf16 value (a parameter's shadow).
  static Var leaf(Tensor value);

  const Tensor& value() const { return value_; }
  const Shape& shape() const { return value_.shape(); }
  Dtype dtype() const { return value_.dtype(); }
  Device device() const { return value_.device(); }
  bool defined() const { return value_.defined(); }
  bool requires_grad() const { return slot_ != nullptr; }

  // The gradient of a leaf, as large as the value; zeros before the first backward(). Ask for it anew in each
  // step, to read or to write it: after a step the memory may still hold what the optimizer has used, and the
  // optimizer passes over parts of a table that nobody has written to, as far as it knows.
  Tensor grad() const;
  // Makes `grad` the memory that this leaf's gradient is added to (a part of an optimizer's flat buffer).
  // `marks`, if there are any, are what the optimizer knows of it; they become mark::kGradient where it is
  // written to.
  void set_grad(Tensor grad, Tensor marks = {});
  // Whether these are the memory and the marks still; what is stale is cleared.
  bool gathers_in(const Tensor& grad, const Tensor& marks) const;
  // Clears what a leaf's gradient holds.
  void zero_grad() const;
  // From now on what the leaf's gradient holds is of no use (or, with false, is again): the first
  // contribution overwrites it, which spares clearing it. Until then grad() gives zeros.
  void set_grad_stale(bool stale = true) const;
  bool grad_stale() const { return slot_ && slot_->stale; }
  // Entries [begin, end) of the first dimension, without a copy. Of a leaf: a leaf that shares its value and
  // its gradient. Of a constant: a constant. Ops' results have slice_rows() (autograd/ops/shape.h).
  Var rows(int64_t begin, int64_t end) const;
  // The same value, no gradient.
  Var detach() const { return Var(value_); }

  const std::shared_ptr<GradSlot>& slot() const { return slot_; }

 private:
  friend Var record(std::shared_ptr<Node> node, Tensor value, std::vector<Var> inputs);
  Tensor value_;
  std::shared_ptr<GradSlot> slot_;
};

// While one lives, ops on this thread record what backward() needs, or nothing.
class GradMode {
 public:
  explicit GradMode(bool enabled);
  ~GradMode();
  GradMode(const GradMode&) = delete;
  GradMode& operator=(const GradMode&) = delete;

 private:
  bool previous_;
};
// While one lives, ops record nothing, and what they would save for backward is freed at once.
struct NoGrad : GradMode {
  NoGrad() : GradMode(false) {}
};
bool grad_enabled();

// Computes the gradients of all leaves that `root` depends on and adds them to what the leaves hold.
// `upstream` is the gradient of the final quantity by root, of root's shape; without it root must have one
// element, and its gradient is 1. What ops saved is freed on the way: a second call on the same graph is an
// error, also after one that threw. Ops save tensors without a copy: change no parameter (an optimizer's step
// does) between the forward pass and this.
void backward(const Var& root, const Tensor& upstream = {});

}  // namespace hone
