#include <hone/autograd/ops/mean_squared_error.h>

#include <hone/autograd/ops/elementwise.h>
#include <hone/autograd/ops/reduce.h>
#include "autograd/node.h"

namespace hone {

Var mean_squared_error(const Var& x, const Var& target) {
  constexpr auto op = "mean_squared_error";
  require_contiguous(op, {"x", x.value()});
  require_shape(op, {"target", target.value()}, x.shape());
  require_same_type(op, {{"x", x.value()}, {"target", target.value()}});
  require_device(op, x.device(), {{"target", target.value()}});
  const Var difference = sub(x, target);
  return mean(mul(difference, difference));
}

}  // namespace hone
