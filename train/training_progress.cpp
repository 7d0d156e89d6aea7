#include "train/training_progress.h"

#include <fmt/core.h>

#include "data/files/files.h"
#include "data/files/sha256.h"

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
