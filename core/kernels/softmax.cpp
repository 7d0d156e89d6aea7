#include "core/kernels/softmax.h"

namespace hone::kernels {

void Softmax::check(const char* op) const {
  require_contiguous(op, {"x", x});
  require(x.columns() > 0 || x.rows() == 0, op, "rows of x without columns have no softmax");
  require_shape(op, {"y", y}, x.shape);
  require_same_type(op, {{"x", x}, {"y", y}});
}

void SoftmaxBackward::check(const char* op) const {
  require_shape(op, {"dy", dy}, y.shape);
  require_out(op, "dx", dx, y.shape);
  require_same_type(op, {{"y", y}, {"dy", dy}, {"dx", dx.view}});
}

}  // namespace hone::kernels
