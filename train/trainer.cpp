#include "train/trainer.h"

#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

#include <hone/autograd/ops/cross_entropy.h>
#include <hone/core/error.h>
#include "core/kernels/copy.h"
#include "nn/models/weights.h"
#include "train/optimizer_file.h"

namespace hone {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int64_t kMostSkippedInARow = 10;

}  // namespace

int64_t total_steps(const TrainingPlan& plan, int64_t rows) {
  const int64_t steps = plan.epochs * BatchFeed::batches(rows, plan.batch_size * plan.accumulate);
  return std::min(steps, plan.max_steps.value_or(steps));
}

Schedule schedule_of(const TrainingPlan& plan, int64_t total_steps) {
  const double steps = plan.warmup < 1 ? plan.warmup * static_cast<double>(total_steps) : plan.warmup;
  return {plan.schedule, static_cast<int64_t>(std::ceil(steps)), total_steps};
}

Trainer::Trainer(SequenceClassifier& model, std::span<const EncodedRow> rows, const TrainingPlan& plan)
    : model_(model),
      rows_(rows),
      plan_(plan),
      total_steps_(hone::total_steps(plan, static_cast<int64_t>(rows.size()))),
      schedule_(schedule_of(plan, total_steps_)),
      optimizer_(decay_groups(model, plan.adam.weight_decay), plan.adam),
      recordings_(model.device()),
      one_(Tensor::full({1}, 1, model.dtype(), model.device())),
      loss_(Tensor::zeros({1}, Dtype::f64, model.device())) {}

void Trainer::begin(BatchFeed& feed, int64_t rows) {
  StepReport report;
  report.step = progress_.steps + static_cast<int64_t>(begun_.size()) + 1;
  report.epoch = progress_.epoch;
  report.learning_rate = plan_.learning_rate * schedule_.factor(optimizer_.steps_begun());
  model_.train();
  optimizer_.begin(report.learning_rate);
  while (report.sequences < rows) {
    const PackedBatch batch = feed.next().value();
    model_.dropout_state().set(plan_.seed, static_cast<uint32_t>(report.step),
                               static_cast<uint32_t>(report.sequences));
    const bool first = report.sequences == 0;
    report.tokens += batch.own_tokens();
    report.sequences += batch.own_sequences();
    const StepRecordings::Part part{rows, first, report.sequences == rows};
    recordings_.run(batch, part, [&](const PackedBatch& same) { compute(same, part); });
    feed.prefetch();
  }
  optimizer_.ask();
  begun_.push_back({report, next_row() + rows});
}

void Trainer::compute(const PackedBatch& batch, const StepRecordings::Part& part) {
  optimizer_.begin_gradients(part.first);
  const Var loss = cross_entropy(model_(batch), batch.labels, static_cast<double>(part.rows));
  backward(loss, one_);
  optimizer_.end_gradients();
  launch(batch.device(), kernels::Copy{loss.value(), {loss_, !part.first}});
  if (part.last) optimizer_.update(loss_);
}

TrainingProgress Trainer::finish(const Begun& begun, StepReport& report) {
  const auto result = optimizer_.finish();
  report.loss = result.loss;
  report.grad_norm = result.grad_norm;
  TrainingProgress after = progress_;
  after.steps = report.step;
  after.next_row = begun.next_row;
  after.updates = optimizer_.steps();
  after.skipped_in_a_row = result.finite ? 0 : progress_.skipped_in_a_row + 1;
  if (!result.finite) {
    ++after.skipped;
    if (!plan_.skip_nonfinite || after.skipped_in_a_row > kMostSkippedInARow)
      refuse(report, after.skipped_in_a_row);
  }
  report.skipped = after.skipped;
  return after;
}

void Trainer::refuse(const StepReport& report, int64_t in_a_row) const {
  const std::string skipped =
      in_a_row > 1 ? fmt::format("; {} steps in a row were skipped", in_a_row - 1) : "";
  throw NonFiniteError(
      fmt::format("step {}: loss {} and gradient norm {} must be finite{}; the weights are those of step {}; "
                  "train with a smaller --learning-rate",
                  report.step, std::abs(report.loss), report.grad_norm, skipped, report.step - in_a_row));
}

void Trainer::resume(const std::filesystem::path& checkpoint, const TrainingProgress& progress) {
  if (progress.next_row < 0 || progress.next_row > static_cast<int64_t>(rows_.size())) {
    throw Error(
        fmt::format("{}: goes on at row {} of {}", checkpoint.string(), progress.next_row, rows_.size()));
  }
  const LoadReport report = load_weights(model_, WeightFiles::open(checkpoint), plan_.seed);
  if (!report.fresh.empty())
    throw Error(fmt::format("{}: {} is missing", checkpoint.string(), report.fresh.front()));
  load_optimizer(optimizer_, model_, checkpoint / "optimizer.safetensors");
  optimizer_.resume_at(progress.updates);
  progress_ = progress;
}

int64_t Trainer::next_row() const { return begun_.empty() ? progress_.next_row : begun_.back().next_row; }

bool Trainer::all_begun() const {
  return next_row() >= static_cast<int64_t>(rows_.size()) ||
         progress_.steps + static_cast<int64_t>(begun_.size()) >= total_steps_;
}

bool Trainer::may_run_ahead() const {
  const bool saves = plan_.save_every > 0 && begun_.back().report.step % plan_.save_every == 0;
  return !model_.device().is_cpu() && !plan_.skip_nonfinite && !saves && begun_.size() < 2 && !all_begun();
}

void Trainer::report_oldest(const std::function<void(const StepReport&)>& on_step) {
  const Begun begun = std::move(begun_.front());
  begun_.pop_front();
  StepReport report = begun.report;
  progress_ = finish(begun, report);
  const auto now = Clock::now();
  report.seconds = std::chrono::duration<double>(now - last_).count();
  last_ = now;
  on_step(report);
  if (begun_.empty())
    last_ = Clock::now();  // what was saved meanwhile is no part of a step; else the device was at work
}

void Trainer::report_rest(const std::function<void(const StepReport&)>& on_step) noexcept {
  while (!begun_.empty()) {
    try {
      report_oldest(on_step);
    } catch (const std::exception&) {  // one is on its way already
    }
  }
}

void Trainer::run_epoch(int64_t epoch, const std::function<void(const StepReport&)>& on_step) {
  last_ = Clock::now();
  const auto n = static_cast<int64_t>(rows_.size());
  const int64_t window = plan_.batch_size * plan_.accumulate;
  if (progress_.epoch != epoch) progress_.next_row = 0;
  progress_.epoch = epoch;
  auto order = epoch_order(n, plan_.shuffle, plan_.seed, epoch - 1);
  order.erase(order.begin(), order.begin() + progress_.next_row);
  BatchFeed feed(rows_, std::move(order), plan_.batch_size,
                 {.use_types = plan_.use_types, .device = model_.device()});
  try {
    while (!all_begun() || !begun_.empty()) {
      if (begun_.empty() || may_run_ahead()) {
        begin(feed, std::min(window, n - next_row()));
      } else {
        report_oldest(on_step);
      }
    }
  } catch (...) {
    report_rest(on_step);
    throw;
  }
}

}  // namespace hone
