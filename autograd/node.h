#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include <hone/autograd/var.h>
#include "autograd/gradient.h"
#include "core/launch.h"

namespace hone {

// A value's place in the graph: its gradient, and the op that made it. The gradients of leaves (parameters)
// stay; those of values that ops made live only while backward() passes them.
struct GradSlot {
  GradSlot() = default;
  ~GradSlot();
  GradSlot(const GradSlot&) = delete;
  GradSlot& operator=(const GradSlot&) = delete;

  Gradient gradient;
  std::shared_ptr<Node> producer;  // null for leaves
  bool leaf = false;
  bool used = false;  // backward() has passed: the producer and what it had saved are gone
};

// The gradient of a leaf; throws Error, in the name of `caller`, for any other Var.
Gradient& leaf_gradient(const char* caller, const Var& leaf);

// Hands a node's backward() the places for its inputs' gradients. Call into() or into_rows() at most once for
// each input, and write what it asks for.
class GradSink {
 public:
  explicit GradSink(Node& node) : node_(node) {}

  bool wants(size_t input) const;
  // Memory for the gradient of an input, and whether to add to what is there: empty when nobody wants it.
  GradOut into(size_t input);
  // The same for an op that writes to a few rows of a table (Gradient::for_rows).
  Gradient::Rows into_rows(size_t input);

 private:
  bool twice(size_t input) const;

  Node& node_;
};

// An op in the graph. Each op derives a struct whose fields are what it saves for its backward pass, and
// nothing else.
struct Node {
  Node() = default;
  virtual ~Node() = default;
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  // Given the gradient of the output, writes those of the inputs that want one.
  virtual void backward(const Tensor& dy, GradSink& sink) = 0;

  std::vector<std::shared_ptr<GradSlot>> inputs;  // null: no gradient wanted
  uint64_t order = 0;  // counts up with every node made: inputs come before outputs
};

// Ends an op: the Var of its result. The node is kept only if gradients are enabled and one of the inputs
// wants one.
[[nodiscard]] Var record(std::shared_ptr<Node> node, Tensor value, std::vector<Var> inputs);

// For ops that have no backward pass: throws when one would be needed.
void refuse_gradients(const char* op, const std::vector<Var>& inputs);

// An uninitialised tensor of this shape, of x's type, on x's device.
Tensor empty_like(const Tensor& x, const Shape& shape);
inline Tensor empty_like(const Tensor& x) { return empty_like(x, x.shape()); }
// The same of the type that sums over x have: f32 for bf16.
Tensor empty_acc_like(const Tensor& x, const Shape& shape);

}  // namespace hone
