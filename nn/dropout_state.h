#pragma once

#include <cstdint>

#include <hone/core/dropout.h>

namespace hone {

// The random numbers of dropout, which all modules of a model share (Module::dropout_state()): they are
// counted by seed, step and sequence (core/dropout.h), so that a run can be repeated and resumed. Until set()
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
