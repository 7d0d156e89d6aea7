#include <hone/train/training_plan.h>

#include <algorithm>
#include <cmath>

#include "train/batch_feed.h"

namespace hone {

int64_t total_steps(const TrainingPlan& plan, int64_t rows) {
  const int64_t steps = plan.epochs * BatchFeed::batches(rows, plan.batch_size * plan.accumulate);
  return std::min(steps, plan.max_steps.value_or(steps));
}

Schedule schedule_of(const TrainingPlan& plan, int64_t total_steps) {
  const double steps = plan.warmup < 1 ? plan.warmup * static_cast<double>(total_steps) : plan.warmup;
  return {plan.schedule, static_cast<int64_t>(std::ceil(steps)), total_steps};
}

}  // namespace hone
