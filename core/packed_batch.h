#pragma once

#include <hone/core/seq_lens.h>

namespace hone {

// The label of a row that has none.
inline constexpr int32_t kNoLabel = -1;

// A batch of token sequences, one after another without padding.
struct PackedBatch {
  Tensor ids;        // [tokens] i32, rows of the word table
  Tensor positions;  // [tokens] i32, 0.. within each sequence
  Tensor types;      // [tokens] i32, 0 for the first text of a pair, 1 for the second
  Tensor labels;     // [sequences] i32; kNoLabel: the loss leaves this one out
  SeqLens lens;
  int64_t filler =
      0;  // how many tokens of the last sequence only fill up (train/packing.h): all of them, or 0

  // The same on another device, in one piece of memory and one copy.
  PackedBatch to(Device device) const;
  // A batch on the host as one tensor [n] i32, part after part; and the batch whose parts lie in such memory.
  Tensor gathered() const;
  PackedBatch placed_in(const Tensor& memory) const;
  Device device() const { return ids.device(); }

  int64_t tokens() const { return lens.total(); }
  int64_t sequences() const { return lens.count(); }
  // Without the filler.
  int64_t own_tokens() const { return tokens() - filler; }
  int64_t own_sequences() const { return sequences() - (filler > 0 ? 1 : 0); }

  Tensor memory = {};  // of all parts, when placed_in() made them
};

}  // namespace hone
