#include "train/training_task.h"

#include <hone/autograd/ops/elementwise.h>

namespace hone {

Var TrainingTask::part_of_mean(const Var& loss, int64_t rows, int64_t step_rows) {
  if (rows == step_rows) return loss;
  const double share = static_cast<double>(rows) / static_cast<double>(step_rows);
  return mul(loss, Tensor::full({1}, share, loss.dtype(), loss.device()));
}

}  // namespace hone
