#include "core/kernels/copy.h"

namespace hone::kernels {

void Copy::check(const char* op) const {
  require_present(op, {{"x", x}, {"out", out.view}});
  require_out(op, "out", out, x.shape);
  if ((x.dtype == Dtype::i32) != (out.view.dtype == Dtype::i32)) {
    refuse(op, "x is " + describe(x) + ", which has no conversion to " + name_of(out.view.dtype));
  }
}

void Transpose::check(const char* op) const {
  require_matrix(op, {"x", x});
  require_present(op, {{"y", y.view}});
  require_out(op, "y", y, {x.columns(), x.rows()});
  require_same_type(op, {{"x", x}, {"y", y.view}});
}

}  // namespace hone::kernels
