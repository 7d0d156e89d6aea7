#pragma once

#include <hone/core/kernels/kinds.h>
#include "core/view.h"

namespace hone::kernels {

// How many numbers share a mark (core/kernels/kinds.h), and how many marks n numbers have.
inline int64_t marked(Dtype dtype) { return kMarkedBytes / size_of(dtype); }
inline int64_t marks_for(int64_t n, Dtype dtype) { return (n + marked(dtype) - 1) / marked(dtype); }
// Marks, if there are any, must be those of x, which has no gaps.
void require_marks(const char* op, const View& marks, const View& x);

}  // namespace hone::kernels
