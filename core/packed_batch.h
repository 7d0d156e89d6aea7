#pragma once

#include "core/seq_lens.h"

namespace hone {

// A batch of token sequences, one after another without padding.
struct PackedBatch {
  Tensor ids;        // [tokens] i32, rows of the word table
  Tensor positions;  // [tokens] i32, 0.. within each sequence
  Tensor types;      // [tokens] i32, 0 for the first text of a pair, 1 for the second
  Tensor labels;     // [sequences] i32, or -1 where there is none
  SeqLens lens;

  // The same on another device.
  PackedBatch to(Device device) const {
    return {ids.to(device), positions.to(device), types.to(device), labels.to(device), lens};
  }
  Device device() const { return ids.device(); }

  int64_t tokens() const { return lens.total(); }
  int64_t sequences() const { return lens.count(); }
};

}  // namespace hone
