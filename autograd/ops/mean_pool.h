#pragma once

#include <hone/autograd/var.h>
#include <hone/core/packed_batch.h>

namespace hone {

// The mean over each sequence's rows of a packed batch: x [tokens, columns] to [sequences, columns], of x's
// type. A sequence without rows gives zeros. Sentence vectors are made this way (Reimers and Gurevych 2019).
Var mean_pool(const Var& x, const SeqLens& lens);

}  // namespace hone
