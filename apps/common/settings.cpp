#include "apps/common/settings.h"

#include <fmt/format.h>

#include "core/error.h"

namespace hone {
namespace {

// Calls visit(option, value) for everything that decides the result of a run.
template <class Visit>
void visit_recipe(const Settings& s, Visit visit) {
  visit("model", s.model);
  visit("init", s.init);
  visit("dataset", s.dataset);
  visit("max-train-samples", s.max_train_samples);
  visit("max-length", s.max_length.value_or(kPreferredLength));
  visit("epochs", s.epochs);
  visit("max-steps", s.max_steps);
  visit("batch-size", s.batch_size);
  visit("eval-batch-size", s.eval_batch_size);
  visit("optimizer", s.optimizer);
  visit("learning-rate", s.learning_rate);
  visit("adam-eps", s.adam_eps);
  visit("weight-decay", s.weight_decay);
  visit("shuffle", s.shuffle);
  visit("seed", s.seed);
  visit("dtype", s.dtype);
}

template <class T>
std::string text_of(const T& value) {
  return fmt::format("{}", value);
}
std::string text_of(bool value) { return value ? "on" : "off"; }
std::string text_of(const std::optional<int64_t>& value) { return value ? std::to_string(*value) : "all"; }

template <class T>
void write_field(JsonWriter& json, const char* name, const T& value) {
  json.field(name, value);
}
void write_field(JsonWriter& json, const char* name, const std::filesystem::path& value) {
  json.field(name, value.string());
}
template <class T>
void write_field(JsonWriter& json, const char* name, const std::optional<T>& value) {
  value ? write_field(json, name, *value) : write_field(json, name, nullptr);
}

}  // namespace

DatasetKind dataset_kind(const std::string& name) {
  for (const auto kind : {DatasetKind::sst, DatasetKind::glue_sst2, DatasetKind::qqp}) {
    if (name == name_of(kind)) return kind;
  }
  throw UsageError("--dataset " + name + ": expected sst, glue-sst2 or qqp");
}

TrainingPlan training_plan(const Settings& settings) {
  TrainingPlan plan;
  plan.batch_size = settings.batch_size;
  plan.epochs = settings.epochs;
  plan.max_steps = settings.max_steps;
  plan.learning_rate = settings.learning_rate;
  plan.adam.form = settings.optimizer == "hf-adamw" ? AdamForm::hf : AdamForm::torch;
  plan.adam.eps = settings.adam_eps;
  plan.adam.weight_decay = settings.weight_decay;
  plan.shuffle = settings.shuffle;
  plan.seed = static_cast<uint32_t>(settings.seed);
  return plan;
}

std::vector<std::string> differences(const Settings& settings, const Settings& preset) {
  std::vector<std::string> theirs, out;
  visit_recipe(preset, [&](const char*, const auto& value) { theirs.push_back(text_of(value)); });
  size_t i = 0;
  visit_recipe(settings, [&](const char* name, const auto& value) {
    const std::string& usual = theirs[i++];
    if (text_of(value) != usual) out.push_back(fmt::format("{} {} ({})", name, text_of(value), usual));
  });
  return out;
}

void write_settings(JsonWriter& json, const Settings& settings) {
  json.field("preset", "blog");
  const auto visit = [&](const char* name, const auto& value) { write_field(json, name, value); };
  visit_recipe(settings, visit);
  visit("data", settings.data);
  visit("device", settings.device);
  visit("threads", settings.threads);
  visit("output", settings.output);
}

}  // namespace hone
