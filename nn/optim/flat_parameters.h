#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <hone/core/tensor.h>
#include <hone/nn/optim/optimizer.h>

namespace hone {

// The parameters of an optimizer, moved into flat buffers: values, gradients and the optimizer's own moments
// each live in one, of one layout. Every tensor is 512-byte aligned; group follows group, in each group
// matrices with a shadow first, then matrices without one, then all others. So a step is one launch for the
// norm and one for the update, whatever the number of tensors.
class FlatParameters {
 public:
  // Neighbours in the buffers that a step treats alike.
  struct Range {
    int64_t begin, end;  // elements of the buffers
    double weight_decay, learning_rate_scale;
    // Matrices: a step leaves their gradients stale, and the next one's first contribution overwrites them,
    // which spares clearing them.
    bool keeps_gradient;
    Tensor shadow;  // [end - begin] bf16; undefined where the parameters have none

    Tensor of(const Tensor& buffer) const { return buffer.slice(begin, end); }
  };
  // One parameter's place.
  struct Place {
    Parameter* parameter;
    int64_t at;    // its first element in the buffers
    Tensor marks;  // of its gradient (core/kernels/marks.h); undefined for all but tables

    Tensor in(const Tensor& buffer) const;  // of the parameter's shape
  };

  // Moves the values of all parameters that require a gradient into the buffer of values, and has their
  // gradients gather in that of gradients. Throws Error when there is none, or one is in two groups.
  explicit FlatParameters(const std::vector<ParameterGroup>& groups);

  Tensor zeros() const;  // one more buffer
  const std::vector<Range>& ranges() const { return ranges_; }
  const std::vector<Place>& places() const { return places_; }
  Dtype dtype() const { return values_.dtype(); }
  Device device() const { return values_.device(); }
  // [n] each.
  const Tensor& values() const { return values_; }
  const Tensor& gradients() const { return gradients_; }
  const Tensor& marks() const { return marks_; }  // of all gradients
  View marks_of(const Range& range) const;        // absent where there are none

  // Brackets one backward pass, whether it is worked on directly or recorded: what a recording does must not
  // depend on what gradients remember of themselves. `first`: it is the step's first, so that stale gradients
  // are overwritten. end_gradients() throws Error when a parameter has been frozen, or given another value,
  // gradient or optimizer.
  void begin_gradients(bool first) const;
  void end_gradients() const;
  // Ends a step: the gradients that it kept are stale.
  void discard_gradients() const;
  void clear_gradients() const;
  // Makes the marks of tables say where any of `moments`, buffers of this layout, is not zero.
  void mark_moments(std::span<const Tensor> moments);

 private:
  void add_range(const ParameterGroup& group, int kind);
  void move_in(Place& place, const Range& range);
  void hand_out_gradient(Place& place);

  std::vector<Range> ranges_;
  std::vector<Place> places_;
  Tensor values_, gradients_, marks_;
};

}  // namespace hone
