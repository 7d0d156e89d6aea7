#pragma once

#include <hone/core/dropout.h>
#include "cpu/simd/table.h"

namespace hone {

// Walks the rows of a packed batch from any row on and tells each one's dropout counters.
class DropoutRows {
 public:
  DropoutRows(const DropoutMask& dropout, int64_t first_row) : dropout_(dropout) {
    if (!dropout.active()) return;
    sequence_ = dropout.rows.sequence_of(first_row);
    row_ = {dropout.seed(), dropout.site, dropout.step(), 0, 0, dropout.threshold(), dropout.scale()};
  }

  // The counters of `row`, which must not lie before the one asked for last.
  const DropoutRow& at(int64_t row) {
    if (!dropout_.active()) return row_;
    while (row >= dropout_.rows.end(sequence_)) ++sequence_;
    row_.sequence = dropout_.first_sequence() + static_cast<uint32_t>(sequence_);
    row_.position = static_cast<uint32_t>(row - dropout_.rows.begin(sequence_));
    return row_;
  }

 private:
  const DropoutMask& dropout_;
  int64_t sequence_ = 0;
  DropoutRow row_;
};

}  // namespace hone
