#include "train/training_progress.h"

#include <fmt/core.h>

#include <hone/core/error.h>
#include "data/files/files.h"
#include "data/files/sha256.h"
#include "train/batch_feed.h"

namespace hone {

void write_progress(JsonWriter& json, const TrainingProgress& progress) {
  json.field("step", progress.steps).field("schedule_step", progress.updates).field("epoch", progress.epoch);
  json.field("next_row", progress.next_row).field("skipped_steps", progress.skipped);
  json.field("skipped_in_a_row", progress.skipped_in_a_row);
}

TrainingProgress read_progress(const Json& json) {
  const auto number = [&](const char* name) { return json.at(name).as_int(json.where(name)); };
  return {number("step"),  number("schedule_step"), number("skipped_steps"), number("skipped_in_a_row"),
          number("epoch"), number("next_row")};
}

std::string progress_json(const TrainingProgress& progress) {
  JsonWriter json(JsonWriter::Style::indented);
  json.begin_object();
  write_progress(json, progress);
  return json.end_object().str() + "\n";
}

TrainingProgress read_progress(const std::filesystem::path& file) {
  constexpr uint64_t kMostBytes = 1 << 20;
  return read_progress(parse_json(read_file(file, kMostBytes), file.string()));
}

void check_progress(const TrainingProgress& progress, const TrainingPlan& plan, int64_t rows,
                    const std::filesystem::path& file) {
  const auto& [steps, updates, skipped, in_a_row, epoch, next_row] = progress;
  if (next_row < 0 || next_row > rows)
    throw Error(fmt::format("{}: goes on at row {} of {}", file.string(), next_row, rows));
  const int64_t window = plan.batch_size * plan.accumulate;
  const auto require = [&](bool holds, const char* field, int64_t value) {
    if (holds) return;
    throw Error(fmt::format("{}: {} is {}, which {} steps on {} rows, {} at a time, do not lead to",
                            file.string(), field, value, steps, rows, window));
  };
  require(steps >= 0 && steps <= total_steps(plan, rows), "step", steps);
  require(skipped >= 0 && skipped <= steps, "skipped_steps", skipped);
  require(updates == steps - skipped, "schedule_step", updates);
  require(in_a_row >= 0 && in_a_row <= skipped, "skipped_in_a_row", in_a_row);
  require(epoch >= 0 && epoch <= plan.epochs, "epoch", epoch);
  const bool whole = next_row % window == 0 || next_row == rows;
  require(whole, "next_row", next_row);
  const int64_t before = epoch > 0 ? (epoch - 1) * BatchFeed::batches(rows, window) : 0;
  require(steps == before + BatchFeed::batches(next_row, window), "next_row", next_row);
}

std::string recipe_hash(const TrainingPlan& plan, int64_t rows) {
  const AdamSettings& adam = plan.adam;
  const bool may_grow = plan.schedule == ScheduleKind::constant && (plan.warmup == 0 || plan.warmup >= 1);
  std::string text =
      fmt::format("rows {} batch {} x {} rate {} schedule {} warmup {} steps {}\n", rows, plan.batch_size,
                  plan.accumulate, plan.learning_rate, static_cast<int>(plan.schedule), plan.warmup,
                  may_grow ? 0 : total_steps(plan, rows));
  text += fmt::format("adam {} {} {} {} {} {} {}\n", static_cast<int>(adam.form), adam.beta1, adam.beta2,
                      adam.eps, plan.weight_decay, adam.bias_correction, adam.clip_norm);
  if (plan.sgd)
    text += fmt::format("sgd {} {} {}\n", plan.sgd->momentum, plan.sgd->nesterov, plan.sgd->clip_norm);
  text += fmt::format("shuffle {} seed {} types {} skip {}\n", plan.shuffle, plan.seed, plan.use_types,
                      plan.skip_nonfinite);
  return Sha256().add(text).hex();
}

}  // namespace hone
