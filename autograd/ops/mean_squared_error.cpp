#include <hone/autograd/ops/mean_squared_error.h>

#include <hone/autograd/ops/elementwise.h>
#include <hone/autograd/ops/reduce.h>
#include "autograd/node.h"

namespace hone {

Var mean_squared_error(const Var& x, const Var& target) {
  require_shape("mean_squared_error", "target", target.value(), x.shape());
  const Var difference = sub(x, target);
  return mean(mul(difference, difference));
}

}  // namespace hone
