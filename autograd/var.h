#pragma once

#include <memory>
#include <vector>

#include <hone/autograd/backward.h>
#include <hone/core/tensor.h>

namespace hone {

struct GradSlot;
struct Node;

// A tensor in a graph: the value, and the place where its gradient goes if anybody wants one. Ops
// (autograd/ops/) take Vars and return Vars; kernels and optimizers only ever see Tensors. Copies share one
// value and one gradient.
class Var {
 public:
  Var() = default;
  // A constant: no gradient is computed for it.
  Var(Tensor value) : value_(std::move(value)) {}  // NOLINT: a tensor may stand wherever an op takes a Var

  // A value whose gradient is wanted: the end of the graph. The gradient has the value's type, or f32 for a
  // bf16 value (a parameter's shadow). Throws Error for i32.
  [[nodiscard]] static Var leaf(Tensor value);

  const Tensor& value() const { return value_; }
  const Shape& shape() const { return value_.shape(); }
  Dtype dtype() const { return value_.dtype(); }
  Device device() const { return value_.device(); }
  bool defined() const { return value_.defined(); }
  bool requires_grad() const { return slot_ != nullptr; }

  // The gradient of a leaf, as large as the value; zeros before the first backward(). The memory may be read
  // and written until an optimizer's next step; after that, ask anew. Throws Error for anything but a leaf,
  // as zero_grad() and set_grad() do.
  Tensor grad() const;
  // Sets a leaf's gradient to zeros.
  void zero_grad() const;
  // Makes `grad`, of the gradient's shape and type, the memory that a leaf's gradient is added to.
  void set_grad(Tensor grad);
  // Entries [begin, end) of the first dimension, without a copy. A leaf's rows are a leaf that shares its
  // value and its gradient, a constant's a constant. Ops' results have slice_rows() (autograd/ops/shape.h).
  Var rows(int64_t begin, int64_t end) const;
  // The value as a constant, without a gradient.
  Var detach() const { return Var(value_); }

  // The value's place in the graph, for ops and the engine (autograd/node.h); null for a constant.
  const std::shared_ptr<GradSlot>& slot() const { return slot_; }

 private:
  friend Var record(std::shared_ptr<Node> node, Tensor value, std::vector<Var> inputs);
  Tensor value_;
  std::shared_ptr<GradSlot> slot_;
};

// While an object of it lives, ops on this thread record what backward() needs, or nothing.
class GradMode {
 public:
  explicit GradMode(bool enabled);
  ~GradMode();
  GradMode(const GradMode&) = delete;
  GradMode& operator=(const GradMode&) = delete;

 private:
  bool previous_;
};

// While an object of it lives, ops on this thread record nothing, and tensors that they would save for the
// backward pass are freed at once.
struct [[nodiscard]] NoGrad : GradMode {
  NoGrad() : GradMode(false) {}
};
bool grad_enabled();

}  // namespace hone
