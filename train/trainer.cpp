#include <hone/train/trainer.h>

#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

#include <hone/core/error.h>
#include <hone/nn/optim/adamw.h>
#include <hone/nn/optim/sgd.h>
#include "train/checkpoint.h"
#include "train/early_stopping.h"
#include "train/optimizer_file.h"
#include "train/packing.h"
#include "train/text_task.h"
#include "train/training_progress.h"
#include "train/vector_rows.h"
#include "train/vector_task.h"

namespace hone {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int64_t kMostSkippedInARow = 10;

std::unique_ptr<Optimizer> make_optimizer(const Module& module, const TrainingPlan& plan) {
  const auto groups = decay_groups(module, plan.weight_decay);
  if (plan.sgd) return std::make_unique<SGD>(groups, *plan.sgd);
  return std::make_unique<AdamW>(groups, plan.adam);
}

// Begins a task's pass over its rows, and ends it at the end of a block.
class Pass {
 public:
  Pass(TrainingTask& task, std::vector<int64_t> order, int64_t batch_size) : task_(task) {
    task_.begin_pass(std::move(order), batch_size);
  }
  ~Pass() { task_.end_pass(); }
  Pass(const Pass&) = delete;
  Pass& operator=(const Pass&) = delete;

 private:
  TrainingTask& task_;
};

}  // namespace

Trainer::Trainer(std::unique_ptr<TrainingTask> task, const TrainingPlan& plan)
    : task_(std::move(task)),
      plan_(plan),
      device_(device_of(task_->module())),
      total_steps_(hone::total_steps(plan, task_->rows())),
      schedule_(schedule_of(plan, total_steps_)),
      optimizer_(make_optimizer(task_->module(), plan)) {}

Trainer::Trainer(SequenceClassifier& model, std::span<const EncodedRow> rows, const TrainingPlan& plan,
                 TextLoss loss)
    : Trainer(text_task(model, rows, plan.use_types, std::move(loss)), plan) {}

Trainer::Trainer(Module& net, VectorBatch rows, const TrainingPlan& plan, VectorLoss loss)
    : Trainer(vector_task(net, std::move(rows), std::move(loss)), plan) {}

Trainer::~Trainer() = default;

const StepRecordings* Trainer::recordings() const { return task_->recordings(); }

void Trainer::begin(int64_t rows) {
  StepReport report;
  report.step = progress_.steps + static_cast<int64_t>(begun_.size()) + 1;
  report.epoch = progress_.epoch;
  report.learning_rate = plan_.learning_rate * schedule_.factor(optimizer_->steps_begun());
  task_->module().train();
  Optimizer::Step step = optimizer_->begin(report.learning_rate);
  while (report.sequences < rows) {
    const TrainingTask::BatchSize batch = task_->next();
    task_->number(plan_.seed, static_cast<uint32_t>(report.step), static_cast<uint32_t>(report.sequences));
    report.tokens += batch.tokens;
    report.sequences += batch.rows;
    step.micro_batch(report.sequences == rows, [&](const Optimizer::MicroBatch& work) {
      const auto backward = [&](const TrainingTask::LossFunction& loss) { work.backward(loss()); };
      task_->compute({rows, work.first(), work.last()}, backward);
    });
    task_->prefetch();
  }
  step.submit();
  begun_.push_back({report, next_row() + rows});
}

TrainingProgress Trainer::finish(const Begun& begun, StepReport& report) {
  const auto result = optimizer_->finish();
  report.loss = result.loss;
  report.grad_norm = result.grad_norm;
  TrainingProgress after = progress_;
  after.steps = report.step;
  after.next_row = begun.next_row;
  after.updates = optimizer_->steps();
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
                  "train with a smaller learning_rate",
                  report.step, std::abs(report.loss), report.grad_norm, skipped, report.step - in_a_row),
      {"learning_rate"});
}

void Trainer::resume(const std::filesystem::path& checkpoint, const TrainingProgress& progress) {
  check_progress(progress, plan_, task_->rows(), checkpoint / "state.json");
  task_->load_weights(checkpoint);
  load_optimizer(*optimizer_, task_->module(), checkpoint / "optimizer.safetensors");
  optimizer_->resume_at(progress.updates);
  progress_ = progress;
}

void Trainer::save(const std::filesystem::path& folder) const {
  std::filesystem::create_directories(folder);
  const Checkpoints store(folder);
  store.save({progress_.steps, recipe_hash(plan_, task_->rows()), task_->weights(),
              optimizer_tensors(*optimizer_, task_->module()), progress_json(progress_)});
  store.prune(1);
}

bool Trainer::resume(const std::filesystem::path& folder) {
  const Checkpoints store(folder);
  if (store.empty()) return false;
  const FoundCheckpoint found = store.find();
  if (found.config_hash != recipe_hash(plan_, task_->rows())) {
    throw Error(found.folder.string() + ": made by another plan or of other rows; it cannot be gone on from");
  }
  resume(found.folder, read_progress(found.folder / "state.json"));
  return true;
}

int64_t Trainer::next_row() const { return begun_.empty() ? progress_.next_row : begun_.back().next_row; }

bool Trainer::all_begun() const {
  return next_row() >= task_->rows() || progress_.steps + static_cast<int64_t>(begun_.size()) >= total_steps_;
}

bool Trainer::may_run_ahead() const {
  const bool saves = plan_.save_every > 0 && begun_.back().report.step % plan_.save_every == 0;
  return !device_.is_cpu() && !plan_.skip_nonfinite && !saves && begun_.size() < 2 && !all_begun();
}

void Trainer::report_oldest(const OnStep& on_step) {
  const Begun begun = begun_.front();
  begun_.pop_front();
  StepReport report = begun.report;
  progress_ = finish(begun, report);
  const auto now = Clock::now();
  report.seconds = std::chrono::duration<double>(now - last_).count();
  last_ = now;
  on_step(report);
  if (begun_.empty())
    last_ = Clock::now();  // time spent saving is no part of a step; otherwise the device was at work
}

void Trainer::report_rest(const OnStep& on_step) noexcept {
  while (!begun_.empty()) {
    try {
      report_oldest(on_step);
    } catch (const std::exception&) {  // another exception is already being thrown
    }
  }
}

void Trainer::run_epoch(int64_t epoch, const OnStep& on_step) {
  last_ = Clock::now();
  const int64_t n = task_->rows(), window = plan_.batch_size * plan_.accumulate;
  if (progress_.epoch != epoch) progress_.next_row = 0;
  progress_.epoch = epoch;
  auto order = epoch_order(n, plan_.shuffle, plan_.seed, epoch - 1);
  order.erase(order.begin(), order.begin() + progress_.next_row);
  const Pass pass(*task_, std::move(order), plan_.batch_size);
  try {
    while (!all_begun() || !begun_.empty()) {
      if (begun_.empty() || may_run_ahead()) {
        begin(std::min(window, n - next_row()));
      } else {
        report_oldest(on_step);
      }
    }
  } catch (...) {
    report_rest(on_step);
    throw;
  }
}

bool Trainer::run(const OnStep& on_step, const std::function<double()>& validate) {
  const auto tell = [&](const StepReport& report) {
    if (on_step) on_step(report);
  };
  EarlyStopping stopping(plan_.patience);
  for (int64_t epoch = std::max<int64_t>(1, progress_.epoch); !done(); ++epoch) {
    run_epoch(epoch, tell);
    if (!validate || done()) continue;
    stopping.add(validate());
    if (stopping.out_of_patience()) return true;
  }
  return false;
}

}  // namespace hone
