#include "apps/cli/settings.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>

#include <hone/core/error.h>
#include "apps/cli/cli.h"
#include "apps/cli/program.h"
#include "apps/cli/settings_table.h"
#include "core/nearest.h"
#include "core/quote.h"
#include "data/files/files.h"

namespace hone {
namespace {

constexpr uint64_t kMostConfigBytes = 1 << 20;

void apply_member(const std::vector<Setting>& table, const std::string& key, const Json& value) {
  const auto found = std::ranges::find_if(table, [&](const Setting& one) { return one.option.name == key; });
  if (found != table.end() && found->role != SettingRole::command) return set_option(found->option, value);
  if (found != table.end()) throw UsageError(fmt::format("{} belongs on the command line", shown(key)));
  std::vector<std::string> names;
  for (const Setting& one : table) {
    if (one.role != SettingRole::command) names.push_back(one.option.name);
  }
  const std::string nearest = nearest_names(key, names);
  throw UsageError(fmt::format("unknown setting {}{}", shown(key),
                               nearest.empty() ? "; --help lists them" : "; did you mean " + nearest + "?"));
}

void apply_file(Settings& settings, const std::filesystem::path& file, const Json& json) {
  const auto table = setting_table(settings);
  try {
    for (const auto& [key, value] : json.as_object(file.string())) apply_member(table, key, value);
  } catch (const UsageError& error) {
    throw UsageError(fmt::format("--config {}: {}", file.string(), error.what()));
  } catch (const ModelError& error) {  // from the JSON reader
    throw UsageError(std::string("--config ") + error.what());
  }
}

Json read_config_file(const std::filesystem::path& file) {
  try {
    return parse_json(read_file(file, kMostConfigBytes), file.string());
  } catch (const Error& error) {
    throw UsageError(std::string("--config ") + error.what());
  }
}

void check(const Settings& s) {
  if (s.warmup >= 1 && s.warmup != std::floor(s.warmup)) {
    throw UsageError(
        fmt::format("--warmup: {} is neither a number of steps nor a fraction below 1", s.warmup));
  }
  check_own_data(s.own);
  if (s.own.given() && !(s.own.train_file && s.own.validation_file)) {
    throw UsageError("--train-file and --validation-file are needed together");
  }
  if (s.own.given() && s.data)
    throw UsageError("--data: rows come from --train-file already; drop one of them");
  if (s.seed + s.runs - 1 > 4294967295) {
    throw UsageError(fmt::format("--runs {}: the last seed is beyond 4294967295", s.runs));
  }
  if (s.resume && !s.output) throw UsageError("--resume needs --output, the folder of the run to go on with");
  if (s.resume && s.dry_run) throw UsageError("--dry-run: shows how a run begins; drop --resume");
  if (s.preset != Preset::blog) return;
  const auto refuse = [](const std::string& option) {
    throw UsageError(fmt::format(
        "--{}: preset blog has a constant learning rate and never clips; take --preset hf-trainer", option));
  };
  if (s.schedule != ScheduleKind::constant) refuse("schedule " + word_of(kSchedules, s.schedule));
  if (s.warmup != 0) refuse(fmt::format("warmup {}", s.warmup));
  if (s.clip_norm) refuse(fmt::format("clip-norm {}", *s.clip_norm));
}

std::string dump(const Settings& settings) {
  JsonWriter json(JsonWriter::Style::indented);
  json.begin_object();
  write_settings(json, settings);
  return json.end_object().str() + "\n";
}

}  // namespace

Settings preset_settings(const FineTuneSpec& spec, Preset preset) {
  Settings s;
  s.preset = preset;
  s.dataset = preset == Preset::blog ? spec.dataset : spec.hf_trainer_dataset;
  if (preset == Preset::blog) return s;
  s.optimizer = AdamForm::torch;
  s.adam_eps = 1e-8;
  s.learning_rate = 5e-5;
  s.schedule = ScheduleKind::linear;
  s.clip_norm = 1;
  s.batch_size = s.eval_batch_size = 8;
  s.max_length = 128;
  return s;
}

std::optional<Settings> parse_settings(const FineTuneSpec& spec, int argc, const char* const* argv) {
  const auto apply_options = [&](Settings& settings) {
    auto command = std::make_unique<CommandLine>(spec.program, spec.description);
    for (const Setting& one : setting_table(settings)) command->add(one.option);
    return command->parse(argc, argv) ? std::move(command) : nullptr;
  };
  Settings first =
      preset_settings(spec, Preset::blog);  // only to learn which preset and which file there are
  const auto command = apply_options(first);
  if (!command) return std::nullopt;
  const Json file = first.config ? read_config_file(*first.config) : Json();
  Preset preset = first.preset;
  if (first.config && !command->given("preset")) {
    apply_file(first, *first.config, file);
    preset = first.preset;
  }
  Settings settings = preset_settings(spec, preset);
  if (first.config) apply_file(settings, *first.config, file);
  settings.preset = preset;
  apply_options(settings);
  check(settings);
  if (settings.own.given() && command->given("dataset")) {
    throw UsageError("--dataset: rows come from --train-file already; drop one of them");
  }
  if (!settings.dump_config) return settings;
  write_output(dump(settings));
  return std::nullopt;
}

TrainingPlan training_plan(const Settings& settings) {
  TrainingPlan plan;
  plan.batch_size = settings.batch_size;
  plan.accumulate = settings.accumulate;
  plan.epochs = settings.epochs;
  plan.max_steps = settings.max_steps;
  plan.learning_rate = settings.learning_rate;
  plan.schedule = settings.schedule;
  plan.warmup = settings.warmup;
  plan.adam.form = settings.optimizer;
  plan.adam.eps = settings.adam_eps;
  plan.weight_decay = settings.weight_decay;
  plan.adam.clip_norm = settings.clip_norm.value_or(0);
  plan.skip_nonfinite = settings.on_nonfinite == OnNonfinite::skip;
  plan.shuffle = settings.shuffle;
  plan.seed = static_cast<uint32_t>(settings.seed);
  plan.save_every = settings.save_every.value_or(0);
  return plan;
}

std::vector<std::string> differences(Settings settings, Settings preset) {
  const auto ours = setting_table(settings), theirs = setting_table(preset);
  std::vector<std::string> out;
  for (size_t i = 0; i < ours.size(); ++i) {
    const std::string text = option_text(ours[i].option), usual = option_text(theirs[i].option);
    if (ours[i].role != SettingRole::recipe || text == usual) continue;
    out.push_back(fmt::format("{} {}{}", ours[i].option.name, text, usual.empty() ? "" : " (" + usual + ")"));
  }
  return out;
}

std::map<std::string, std::string> recipe_texts(Settings settings) {
  std::map<std::string, std::string> out;
  for (const Setting& one : setting_table(settings)) {
    if (one.role == SettingRole::recipe) out[one.option.name] = option_text(one.option);
  }
  return out;
}

void write_settings(JsonWriter& json, Settings settings) {
  for (const Setting& one : setting_table(settings)) {
    if (one.role != SettingRole::command) write_option(json, one.option);
  }
}

std::vector<std::pair<std::string, std::string>> setting_rows(Settings settings) {
  std::vector<std::pair<std::string, std::string>> rows;
  for (const Setting& one : setting_table(settings)) {
    if (one.role != SettingRole::command) rows.emplace_back(one.option.name, option_text(one.option));
  }
  return rows;
}

}  // namespace hone
