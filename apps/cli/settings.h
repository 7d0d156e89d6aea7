#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <hone/data/sets/dataset.h>
#include <hone/train/trainer.h>
#include "apps/cli/best_metric.h"
#include "apps/cli/choice.h"
#include "apps/cli/device.h"
#include "apps/cli/option.h"
#include "apps/cli/own_data.h"

namespace hone {

// The enums that options of a fine-tuning program choose from.
enum class Preset { blog, hf_trainer };
enum class FirstWeights { pretrained, random };
enum class OnNonfinite { stop, skip };  // when a loss or gradient is not finite: end the run, skip the step
enum class LogFormat { text, json };
enum class Progress { automatic, on, off };
enum class Color { automatic, always, never };

// The words that select each enum's values on a command line.
inline constexpr Choices<Preset, 2> kPresets{{{"blog", Preset::blog}, {"hf-trainer", Preset::hf_trainer}}};
inline constexpr Choices<DatasetKind, 3> kDatasets{
    {{"sst", DatasetKind::sst}, {"glue-sst2", DatasetKind::glue_sst2}, {"qqp", DatasetKind::qqp}}};
inline constexpr Choices<ScheduleKind, 3> kSchedules{{{"constant", ScheduleKind::constant},
                                                      {"linear", ScheduleKind::linear},
                                                      {"cosine", ScheduleKind::cosine}}};
inline constexpr Choices<AdamForm, 2> kOptimizers{
    {{"hf-adamw", AdamForm::hf}, {"torch-adamw", AdamForm::torch}}};
inline constexpr Choices<Progress, 3> kProgresses{
    {{"auto", Progress::automatic}, {"on", Progress::on}, {"off", Progress::off}}};

// The settings of the fine-tuning programs, by the names of their options (settings_table.cpp). The values
// here are those of preset blog: the recipe of the published experiment. A preset only changes defaults;
// every value may be chosen with each.
struct Settings {
  std::string model = "distilbert-base-uncased";
  FirstWeights init = FirstWeights::pretrained;
  bool new_head = false;
  std::optional<std::filesystem::path> data;  // none: the default folder
  DatasetKind dataset = DatasetKind::sst;
  OwnDataSettings own;  // files instead of a data set
  EncodingErrors encoding_errors = EncodingErrors::strict;
  std::optional<int64_t> max_train_samples, max_eval_samples;  // none: all
  int64_t max_length = 512;                                    // at most as many as the model has positions
  Preset preset = Preset::blog;
  int64_t epochs = 3, batch_size = 32, eval_batch_size = 32, accumulate = 1;
  std::optional<int64_t> max_steps;  // none: as many as the epochs have
  double learning_rate = 2e-5, adam_eps = 1e-6, weight_decay = 0;
  AdamForm optimizer = AdamForm::hf;
  ScheduleKind schedule = ScheduleKind::constant;
  double warmup = 0;                // steps; below 1 a part of all steps
  std::optional<double> clip_norm;  // none: never
  bool shuffle = true;
  int64_t seed = 42, runs = 1, overfit_batches = 0, patience = 0;
  OnNonfinite on_nonfinite = OnNonfinite::stop;
  ComputeSettings compute;
  std::optional<std::filesystem::path> output;
  bool recompute = false, quiet = false, profile = false;
  LogFormat log = LogFormat::text;
  Progress progress = Progress::automatic;
  Color color = Color::automatic;
  int64_t log_every = 50;
  bool resume = false;
  std::optional<int64_t> save_every;  // steps; none: each epoch
  int64_t keep = 1;
  BestMetric best_metric;
  std::optional<std::string> positive_label;  // none: the data set's, of two labels
  std::optional<std::filesystem::path> config;
  bool dump_config = false, dry_run = false;

  // Decisions of a preset that no option names.
  bool evaluates_first() const { return preset == Preset::blog; }  // also before training
  bool mean_over_rows() const {
    return preset != Preset::blog;
  }  // an evaluation's loss; false: the mean of the batches' means
  bool pair_types() const { return preset != Preset::blog; }  // token types 1 for the second text of a pair
};

// The differences between the fine-tuning programs.
struct FineTuneSpec {
  std::string program, description;
  DatasetKind dataset;  // the default of --dataset, whatever the preset
};

Settings preset_settings(const FineTuneSpec& spec, Preset preset);

// The settings of a command line: its options win over the file that --config names, that over the preset.
// With --resume the run's own record stands in the place of the preset, and what is given must agree with it.
// None when --help, --version or --dump-config was all that was asked for and has been answered on stdout.
// Throws UsageError.
std::optional<Settings> parse_settings(const FineTuneSpec& spec, int argc, const char* const* argv);

TrainingPlan training_plan(const Settings& settings);

// Each setting of the recipe that differs from that of `preset`, as "batch-size 16 (32)".
std::vector<std::string> differences(Settings settings, Settings preset);

// The settings of the recipe, as text by the options' names.
std::map<std::string, std::string> recipe_texts(Settings settings);

// The settings of the recipe and the run, as text by the options' names.
std::map<std::string, std::string> run_texts(Settings settings);

// All settings of the recipe and the run: name and text.
std::vector<std::pair<std::string, std::string>> setting_rows(Settings settings);

// All settings of the recipe and the run as fields, by the options' names, into an open object.
void write_settings(JsonWriter& json, Settings settings);

}  // namespace hone
