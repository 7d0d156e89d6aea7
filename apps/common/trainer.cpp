#include "apps/common/trainer.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "apps/common/batch_feed.h"
#include "autograd/ops/cross_entropy.h"
#include "core/error.h"

namespace hone {
namespace {

using Clock = std::chrono::steady_clock;

}  // namespace

int64_t total_steps(const TrainingPlan& plan, int64_t rows) {
  const int64_t steps = plan.epochs * BatchFeed::batches(rows, plan.batch_size);
  return std::min(steps, plan.max_steps.value_or(steps));
}

Trainer::Trainer(SequenceClassifier& model, std::span<const EncodedRow> rows, const TrainingPlan& plan)
    : model_(model),
      rows_(rows),
      plan_(plan),
      total_steps_(hone::total_steps(plan, static_cast<int64_t>(rows.size()))),
      optimizer_(decay_groups(model, plan.adam.weight_decay), plan.adam) {}

StepReport Trainer::step(const PackedBatch& batch, int64_t epoch) {
  const int64_t number = steps() + 1;
  model_.train();
  model_.dropout_state().set(plan_.seed, static_cast<uint32_t>(number), 0);
  const Var loss = cross_entropy(model_(batch), batch.labels);
  backward(loss);
  const auto result = optimizer_.step(loss.value(), plan_.learning_rate);
  if (!result.finite) {
    throw NonFiniteError(
        fmt::format("step {}: loss {} and gradient norm {} must be finite; the weights are those of "
                    "step {}; train with a smaller --learning-rate",
                    number, loss.value().item(), result.grad_norm, number - 1));
  }
  return {number,
          epoch,
          static_cast<float>(loss.value().item()),
          plan_.learning_rate,
          result.grad_norm,
          batch.tokens(),
          batch.sequences(),
          0};
}

void Trainer::run_epoch(int64_t epoch, const std::function<void(const StepReport&)>& on_step) {
  auto last = Clock::now();
  const auto n = static_cast<int64_t>(rows_.size());
  BatchFeed feed(rows_, epoch_order(n, plan_.shuffle, plan_.seed, epoch - 1), plan_.batch_size,
                 plan_.use_types);
  while (!done()) {
    const auto batch = feed.next();
    if (!batch) return;
    StepReport report = step(*batch, epoch);
    const auto now = Clock::now();
    report.seconds = std::chrono::duration<double>(now - last).count();
    last = now;
    on_step(report);
  }
}

}  // namespace hone
