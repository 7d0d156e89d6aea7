#include "core/kernels/binary_scalar.h"

namespace hone::kernels {

void BinaryScalar::check(const char* op) const {
  require_contiguous(op, {"x", x});
  require_present(op, {{"out", out.view}});
  require_shape(op, {"out", out.view}, x.shape);
  require_same_type(op, {{"x", x}, {"out", out.view}});
}

}  // namespace hone::kernels
