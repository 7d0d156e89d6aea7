#pragma once

#include <cstdint>

#include <hone/autograd/var.h>
#include "core/launch.h"

namespace hone {

// Hands a node's backward() the places for its inputs' gradients.
class GradSink {
 public:
  explicit GradSink(Node& node) : node_(node) {}

  bool wants(size_t input) const;
  // Where to put the gradient of an input: empty when nobody wants it, else with beta 0 for the first
  // contribution to a value, or to a leaf's stale gradient, and 1 for later ones and for other leaves. Call
  // it at most once for each input, and write what it asks for. If the leaf has marks (core/kernels/kinds.h),
  // they say from then on that there may be a gradient anywhere.
  GradOut into(size_t input);
  // The same for an op that writes to a few rows of a table: it says which in the leaf's marks (absent for
  // most), so that the optimizer need not look at the others.
  struct Rows {
    GradOut out;
    View marks;
  };
  Rows into_rows(size_t input);

 private:
  GradOut place_for(size_t input);

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
Var record(std::shared_ptr<Node> node, Tensor value, std::vector<Var> inputs);

// For ops that have no backward pass: throws when one would be needed.
void refuse_gradients(const char* op, const std::vector<Var>& inputs);

// An uninitialised tensor of this shape, of x's type, on x's device.
Tensor empty_like(const Tensor& x, const Shape& shape);
inline Tensor empty_like(const Tensor& x) { return empty_like(x, x.shape()); }
// The same of the type that sums over x have: f32 for bf16.
Tensor empty_acc_like(const Tensor& x, const Shape& shape);

}  // namespace hone
