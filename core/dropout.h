#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>

#include <hone/core/packed_batch.h>

namespace hone {

// The mask of elements of a [rows, columns] tensor that dropout removes. The mask is never stored. Each
// element is drawn again from Philox, so that forward and backward, CPU and GPU, any layout of the batch and
// the [CLS]-only layer see the same mask.
//
//   key      (seed, site)
//   counter  (column / 4, position | head << 16, sequence, step); word column % 4 decides
//   keep when word >= p * 2^32; kept elements are scaled by 1 / (1 - p)
//
// For attention, column is the key's position and position the query's; elsewhere head is 0. `sequence`
// counts rows of the data within the optimizer step's window.
struct DropoutMask {
  double p = 0;
  uint32_t site = 0;
  SeqLens rows;  // the sequences that the rows belong to; row i of a sequence is its position i
  Tensor state;  // [3] i32: seed, step, sequences before this batch in the step's window

  bool active() const { return p > 0; }
  // The smallest random word whose element is kept: p * 2^32, rounded up.
  uint32_t threshold() const {
    return static_cast<uint32_t>(std::min(std::ceil(p * 4294967296.0), 4294967295.0));
  }
  double scale() const { return 1 / (1 - p); }
  uint32_t seed() const { return static_cast<uint32_t>(state.data<int32_t>()[0]); }
  uint32_t step() const { return static_cast<uint32_t>(state.data<int32_t>()[1]); }
  uint32_t first_sequence() const { return static_cast<uint32_t>(state.data<int32_t>()[2]); }
};

// The random numbers of dropout, which all modules of a model share (Module::dropout_state()): they are
// counted by seed, step and sequence, so that a run can be repeated and resumed. Until set()
// is called, every use of a Dropout module counts as a step of its own.
class DropoutState {
 public:
  DropoutState();
  // `first_sequence`: the number of sequences of this optimizer step's window before this batch. On a CUDA
  // device the numbers are overwritten where recorded steps read them, and a recomputing encoder reads them a
  // second time: there, graphs made before must have been used by backward().
  void set(uint32_t seed, uint32_t step, uint32_t first_sequence);
  // Goes on by one step, unless set() has been called. Graphs made before keep their numbers.
  void advance();
  // Puts the state on the device that will compute.
  void to(Device device) { state_ = state_.to(device); }
  DropoutMask at(double p, uint32_t site, const SeqLens& rows) const { return {p, site, rows, state_}; }
  // A number for one more Dropout module, above those that encoders and classifiers use.
  uint32_t new_site() { return 0x10000 + sites_++; }

 private:
  Tensor state_;  // [3] i32
  bool set_ = false;
  uint32_t steps_ = 0, sites_ = 0;
};

}  // namespace hone
