#include "autograd/ops/mean_squared_error.h"

#include "autograd/node.h"
#include "autograd/ops/elementwise.h"
#include "autograd/ops/reduce.h"

namespace hone {

Var mean_squared_error(const Var& x, const Var& target) {
  require_shape("mean_squared_error", "target", target.value(), x.shape());
  const Var difference = sub(x, target);
  return mean(mul(difference, difference));
}

}  // namespace hone
