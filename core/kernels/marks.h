#pragma once

#include "core/kernels/kinds.h"
#include "core/view.h"

namespace hone::kernels {

// The numbers that share a mark (core/kernels/kinds.h), and the marks that n numbers have.
inline int64_t marked(Dtype dtype) { return kMarkedBytes / size_of(dtype); }
inline int64_t marks_for(int64_t n, Dtype dtype) { return (n + marked(dtype) - 1) / marked(dtype); }
// Throws unless marks are absent or have the size for x, and x has no gaps.
void require_marks(const char* op, const View& marks, const View& x);

}  // namespace hone::kernels
