#include "apps/cli/settings.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>

#include <hone/core/error.h>
#include "apps/cli/cli.h"
#include "apps/cli/program.h"
#include "apps/cli/recorded_run.h"
#include "apps/cli/settings_table.h"
#include "data/files/text_source.h"

namespace hone {
namespace {

// A settings file that --config names.
struct ConfigFile {
  std::filesystem::path path;
  Json json;

  void apply(Settings& settings) const {
    try {
      apply_settings_file(settings, path, json);
    } catch (const UsageError& error) {
      throw UsageError(std::string("--config ") + error.what());
    }
  }
};

std::optional<ConfigFile> read_config(const Settings& settings) {
  if (!settings.config) return std::nullopt;
  try {
    return ConfigFile{*settings.config, read_settings_file(*settings.config)};
  } catch (const UsageError& error) {
    throw UsageError(std::string("--config ") + error.what());
  }
}

// Throws UsageError when several runs were to read a pipe, which is empty after the first.
void check_read_again(const Settings& s) {
  for (const auto& file : {s.own.train_file, s.own.validation_file, s.own.test_file}) {
    if (!file || !is_read_once(*file)) continue;
    throw UsageError(
        fmt::format("--runs {}: every run reads {}, a pipe that can be read once; save its rows in a file",
                    s.runs, file->string()));
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
  if (s.runs > 1) check_read_again(s);
  if (s.resume && !s.output) throw UsageError("--resume needs --output, the folder of the run to go on with");
  if (s.resume && s.dry_run) throw UsageError("--dry-run: shows how a run begins; drop --resume");
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
  s.dataset = spec.dataset;
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
  Settings first = preset_settings(spec, Preset::blog);  // only to learn where settings come from
  const auto command = apply_options(first);
  if (!command) return std::nullopt;
  const auto file = read_config(first);
  const auto recorded = first.resume && first.output ? recorded_settings(spec, *first.output) : std::nullopt;
  if (file && !command->given("preset")) file->apply(first);
  Settings settings = recorded ? *recorded : preset_settings(spec, first.preset);
  if (file) file->apply(settings);
  if (!recorded) settings.preset = first.preset;
  apply_options(settings);
  check(settings);
  if (settings.own.given() && command->given("dataset")) {
    throw UsageError("--dataset: rows come from --train-file already; drop one of them");
  }
  if (recorded) check_resumed_settings(run_texts(*recorded), run_texts(settings));
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

std::map<std::string, std::string> run_texts(Settings settings) {
  std::map<std::string, std::string> out;
  for (auto& [name, text] : setting_rows(std::move(settings))) out[name] = text;
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
