#include "core/kernels/marks.h"

#include "core/launch.h"

namespace hone::kernels {

void require_marks(const char* kernel, const View& marks, const View& x) {
  if (!marks) return;
  require(x.contiguous(), kernel, "marks of " + describe(x) + " with gaps");
  require_shape(kernel, "marks", marks, {marks_for(x.elements(), x.dtype)});
  require_type(kernel, Dtype::i32, {marks});
}

}  // namespace hone::kernels
