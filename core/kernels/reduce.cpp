#include "core/kernels/reduce.h"

namespace hone::kernels {

void Sum::check(const char* op) const {
  require_present(op, {{"x", x}, {"out", out.view}});
  require_out(op, "out", out, reduced_shape(axis, x.shape));
  require_sum_type(op, "out", out, require_same_type(op, {{"x", x}}));
}

}  // namespace hone::kernels
