#include "core/kernels/max.h"

namespace hone::kernels {

void Max::check(const char* op) const {
  const Shape shape = reduced_shape(axis, x.shape);
  require_contiguous(op, {"x", x});
  require_shape(op, {"y", y}, shape);
  require_shape(op, {"index", index}, shape);
  if (x.elements() == 0 && y.elements() > 0) refuse(op, "of no elements: x is " + describe(x));
  if (index.dtype != Dtype::i32 || x.elements() >= int64_t{1} << 31) {
    refuse(op, "x is " + describe(x) + ", more elements than i32 can count");
  }
  require_same_type(op, {{"x", x}, {"y", y}});
}

void MaxBackward::check(const char* op) const {
  require_shape(op, {"dy", dy}, index.shape);
  require_index(op, {"index", index}, dx.view.elements());
  require_contiguous(op, {"dx", dx.view});
  require_same_type(op, {{"dy", dy}, {"dx", dx.view}});
}

}  // namespace hone::kernels
