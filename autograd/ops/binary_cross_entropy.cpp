#include <hone/autograd/ops/binary_cross_entropy.h>

#include <hone/autograd/ops/elementwise.h>
#include <hone/autograd/ops/reduce.h>
#include <hone/autograd/ops/shape.h>
#include <hone/autograd/ops/softmax.h>
#include "autograd/node.h"

namespace hone {

Var binary_cross_entropy(const Var& logits, const Tensor& targets) {
  constexpr const char* op = "binary_cross_entropy";
  require_contiguous(op, {"logits", logits.value()});
  require_shape(op, {"targets", targets}, logits.shape());
  require_same_type(op, {{"logits", logits.value()}, {"targets", targets}});
  require_device(op, logits.device(), {{"targets", targets}});
  const int64_t count = logits.shape().elements();
  require(count > 0, op, "the mean of no elements: logits are " + describe(logits.value()));
  const Shape column{count, 1};
  const Tensor t = targets.reshape(column);
  const Tensor zero = Tensor::zeros(column, logits.dtype(), logits.device());
  const Tensor one = Tensor::full(column, 1, logits.dtype(), logits.device());
  const Var log_p = log_softmax(concatenate_columns({reshape(logits, column), zero}));
  const Var weights = concatenate_columns({t, sub(one, t)});
  const Tensor minus_mean =
      Tensor::full({1}, -1 / static_cast<double>(count), logits.dtype(), logits.device());
  return mul(sum(mul(log_p, weights)), minus_mean);
}

}  // namespace hone
