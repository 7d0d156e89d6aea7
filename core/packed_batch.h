#pragma once

#include <hone/core/seq_lens.h>

namespace hone {

// The label that marks a row without one.
inline constexpr int32_t kNoLabel = -1;

// A batch of token sequences, stored one after another without padding.
struct PackedBatch {
  Tensor ids;        // [tokens] i32, rows of the word table
  Tensor positions;  // [tokens] i32, 0.. within each sequence
  Tensor types;      // [tokens] i32, 0 for the first text of a pair, 1 for the second
  Tensor labels;     // [sequences] i32; the loss leaves out sequences with kNoLabel
  SeqLens lens;
  // The tokens of the last sequence that are padding (train/packing.h): all of them, or 0 for a batch
  // without.
  int64_t filler = 0;

  // A copy of the batch on another device, made in one piece of memory by one copy.
  PackedBatch to(Device device) const;
  // gathered() gives a batch on the host as one tensor [n] i32, part after part; placed_in() gives the batch
  // whose parts lie in such memory.
  Tensor gathered() const;
  PackedBatch placed_in(const Tensor& memory) const;
  Device device() const { return ids.device(); }

  int64_t tokens() const { return lens.total(); }
  int64_t sequences() const { return lens.count(); }
  // The tokens and sequences of the batch without its padding.
  int64_t own_tokens() const { return tokens() - filler; }
  int64_t own_sequences() const { return sequences() - (filler > 0 ? 1 : 0); }

  Tensor memory = {};  // holds all parts when placed_in() made them
};

}  // namespace hone
