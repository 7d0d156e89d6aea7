#pragma once

#include "core/kernels/attention.h"

namespace hone::kernels {

// cuDNN's description of a packed batch: the rows of an i32 matrix [kRaggedRows, sequences + 1]. It may have
// room for more sequences than there are; those are empty.
enum RaggedRow {
  // The first element of each sequence's queries in its tensor.
  kLseStart,
  kQStart,
  kOutStart,
  kDoutStart,
  kDqStart,
  // The first element of each sequence's keys.
  kKStart,
  kVStart,
  kDkStart,
  kDvStart,
  // The numbers of queries and keys; the last column is unused.
  kQueries,
  kKeys,
  kRaggedRows
};
// The rows of the gradients' tensors are zero for Attention, which has none.
void ragged_rows(CudaStream& stream, const Attention& k, const View& rows);
void ragged_rows(CudaStream& stream, const AttentionBackward& k, const View& rows);

}  // namespace hone::kernels
