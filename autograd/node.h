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
  bool used = false;  // backward() has passed: the producer and its saved tensors are freed
};

// The gradient of a leaf; throws Error, in the name of `caller`, for any other Var.
Gradient& leaf_gradient(const char* caller, const Var& leaf);

// Gives a node's backward() the memory for its inputs' gradients. Call into() or into_rows() at most once for
// each input, and write as they say: add or overwrite.
class GradSink {
 public:
  explicit GradSink(Node& node) : node_(node) {}

  bool wants(size_t input) const;
  // The memory for the gradient of an input, and whether to add to its numbers; empty when nobody wants the
  // gradient.
  GradOut into(size_t input);
  // The memory for the gradient of a table, for an op that writes to a few of its rows (Gradient::for_rows).
  Gradient::Rows into_rows(size_t input);

 private:
  bool twice(size_t input) const;

  Node& node_;
};

// An op in the graph. Each op derives a struct whose fields are the values that it saves for its backward
// pass, and nothing else.
struct Node {
  Node() = default;
  virtual ~Node() = default;
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  // Writes the gradients of the inputs that want one into `sink`; dy is the gradient of the output.
  virtual void backward(const Tensor& dy, GradSink& sink) = 0;

  std::vector<std::shared_ptr<GradSlot>> inputs;  // null where no gradient is wanted
  uint64_t order = 0;                             // counts nodes as they are made: inputs come before outputs
};

// Called at the end of an op: returns the Var of its result. The node is kept only if gradients are enabled
// and one of the inputs wants one.
[[nodiscard]] Var record(std::shared_ptr<Node> node, Tensor value, std::vector<Var> inputs);

// Throws, for an op without a backward pass, when one would be needed.
void refuse_gradients(const char* op, const std::vector<Var>& inputs);

// An uninitialised tensor of this shape, of x's type, on x's device.
Tensor empty_like(const Tensor& x, const Shape& shape);
inline Tensor empty_like(const Tensor& x) { return empty_like(x, x.shape()); }
// An uninitialised tensor of this shape on x's device, of the type of sums over x: f32 for bf16.
Tensor empty_acc_like(const Tensor& x, const Shape& shape);

}  // namespace hone
