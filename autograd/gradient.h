#pragma once

#include <memory>

#include <hone/core/tensor.h>
#include "core/view.h"

namespace hone {

// The gradient of one value: its memory, and the state of the numbers in it. Ops write to it through a
// GradSink (autograd/node.h); users read a parameter's with Var::grad().
//
// A parameter's gradient may live in an optimizer's flat buffer, and a table's with marks beside it
// (core/kernels/marks.h), which say on the device which blocks have a gradient: a step then reads and clears
// those alone.
class Gradient {
 public:
  enum class Content {
    nothing,  // no memory yet: the gradient is zero
    stale,    // numbers of no use, which the next contribution overwrites: the gradient is zero
    rows,     // zero but for the blocks that the marks name
    all,      // numbers anywhere
  };
  // The first contribution to a passing gradient overwrites its memory; a kept one, a leaf's, begins as zeros
  // that every contribution adds to, unless it is stale.
  enum class Life { passing, kept };

  Gradient() = default;
  Gradient(const Shape& shape, Dtype dtype, Device device, Life life);

  Content content() const;

  // Returns the memory for a contribution that may reach every element, and whether to add to its numbers or
  // overwrite them. Call it once for each contribution, and write accordingly. `twice`: two contributions
  // come from one kernel, in an unknown order, so both must add.
  GradOut for_write(bool twice = false);
  // The memory for a contribution to a few rows of a table, whose blocks must become mark::kGradient in
  // `marks` (absent for most gradients).
  struct Rows {
    GradOut out;
    View marks;
  };
  Rows for_rows(bool twice = false);
  // The memory with the complete gradient in it, zeros where nothing was contributed. It may also be written
  // to, anywhere, until an optimizer's next step: ask anew after that.
  Tensor read();

  void clear();    // to zeros
  void discard();  // makes its numbers stale: cheaper than clear()
  // The opposite of discard(): further contributions add to what it holds. Recorded work needs both, since a
  // replay changes the memory without this object.
  void keep() { stale_ = false; }
  void free();  // releases the memory

  // Lets the gradient live in `memory`, of its shape and type, from now on; the numbers there are its value.
  // `marks` [marks_for(n)] i32, or undefined.
  void live_in(Tensor memory, Tensor marks = {});
  bool lives_in(const Tensor& memory, const Tensor& marks) const;
  // Clears a gradient that is still stale: this one, or the whole that it is a part of.
  void settle();
  // The gradient of rows [begin, end) of `whole`, in its memory.
  static Gradient part_of(std::shared_ptr<Gradient> whole, int64_t begin, int64_t end);

 private:
  GradOut place(bool twice);
  void ensure_memory();   // zeros, if there is none
  void mark_all() const;  // sets this gradient's marks and the whole's

  Shape shape_;
  Dtype dtype_ = Dtype::f32;
  Device device_;
  Life life_ = Life::passing;
  Tensor memory_, marks_;
  bool stale_ = false;
  std::shared_ptr<Gradient> whole_;  // null unless it is a part
};

}  // namespace hone
