#include "core/kernels/marks.h"

#include "core/kernels/require.h"

namespace hone::kernels {

void require_marks(const char* op, const View& marks, const View& x) {
  if (!marks) return;
  require_contiguous(op, {"what has marks", x});
  require_shape(op, {"marks", marks}, {marks_for(x.elements(), x.dtype)});
  require_type(op, Dtype::i32, {{"marks", marks}});
}

}  // namespace hone::kernels
