#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <hone/data/sets/dataset.h>
#include <hone/train/trainer.h>
#include "apps/cli/device.h"
#include "apps/cli/option.h"
#include "apps/cli/own_data.h"

namespace hone {

// The settings of the fine-tuning programs, by the names of their options (settings_table.cpp). The values
// here are those of preset blog: the recipe of the published experiment.
struct Settings {
  std::string model = "distilbert-base-uncased", init = "pretrained";
  bool new_head = false;
  std::optional<std::filesystem::path> data;  // none: the default folder
  std::string dataset;                        // sst, glue-sst2, qqp
  OwnDataSettings own;                        // files instead of a data set
  std::string encoding_errors = "strict";
  std::optional<int64_t> max_train_samples, max_eval_samples;  // none: all
  int64_t max_length = 512;  // or less, as many as the model has positions for
  std::string preset = "blog";
  int64_t epochs = 3, batch_size = 32, eval_batch_size = 32, accumulate = 1;
  std::optional<int64_t> max_steps;  // none: as many as the epochs have
  double learning_rate = 2e-5, adam_eps = 1e-6, weight_decay = 0;
  std::string optimizer = "hf-adamw", schedule = "constant";
  double warmup = 0;                // steps; below 1 a part of all steps
  std::optional<double> clip_norm;  // none: never
  bool shuffle = true;
  int64_t seed = 42, runs = 1, overfit_batches = 0, patience = 0;
  std::string on_nonfinite = "stop";
  ComputeSettings compute;
  std::optional<std::filesystem::path> output;
  bool recompute = false, quiet = false, profile = false;
  std::string log = "text", progress = "auto", color = "auto";
  int64_t log_every = 50;
  bool resume = false;
  std::string save_every = "epoch";  // or a number of steps
  int64_t keep = 1;
  std::string best_metric = "accuracy";
  std::optional<std::filesystem::path> config;
  bool dump_config = false, dry_run = false;

  // Presets also decide what no option names.
  bool evaluates_first() const { return preset == "blog"; }  // before training, too
  bool mean_over_rows() const {
    return preset != "blog";
  }  // an evaluation's loss; else the mean of batches' means
  bool pair_types() const { return preset != "blog"; }  // token types 1 for the second text of a pair
};

// What differs between the fine-tuning programs.
struct FineTuneSpec {
  std::string program, description;
  DatasetKind dataset;             // of preset blog
  DatasetKind hf_trainer_dataset;  // of preset hf-trainer
};

// What a setting is for.
enum class SettingRole {
  recipe,  // decides the result of a run
  run,     // where and how it runs
  command  // what to do now: not part of a run's record
};
struct Setting {
  Option option;
  SettingRole role;
};
// All settings, in the order of --help; their targets are the members of `settings`.
std::vector<Setting> setting_table(Settings& settings);

// The settings of a preset, blog or hf-trainer.
Settings preset_settings(const FineTuneSpec& spec, const std::string& preset);

// The settings of a command line: its options win over the file that --config names, that over the preset.
// None when --help, --version or --dump-config was all that was asked for and has been answered on stdout.
// Throws UsageError.
std::optional<Settings> parse_settings(const FineTuneSpec& spec, int argc, const char* const* argv);

// What --save-every asks for: a number of steps; none: "epoch". Throws UsageError.
std::optional<int64_t> parse_save_every(const std::string& text);
DatasetKind dataset_kind(const std::string& name);
TrainingPlan training_plan(const Settings& settings);

// Each setting of the recipe that differs from that of `preset`, as "batch-size 16 (32)".
std::vector<std::string> differences(Settings settings, Settings preset);

// The settings of the recipe, as text by the options' names.
std::map<std::string, std::string> recipe_texts(Settings settings);

// All settings of the recipe and the run: name and text.
std::vector<std::pair<std::string, std::string>> setting_rows(Settings settings);

// All settings of the recipe and the run as fields, by the options' names, into an open object.
void write_settings(JsonWriter& json, Settings settings);

}  // namespace hone
