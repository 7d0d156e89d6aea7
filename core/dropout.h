#pragma once

#include <algorithm>
#include <array>
#include <cmath>

#include <hone/core/seq_lens.h>

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

}  // namespace hone
