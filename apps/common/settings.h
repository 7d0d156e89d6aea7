#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "apps/common/trainer.h"
#include "data/dataset.h"
#include "data/json_writer.h"

namespace hone {

// The options of the fine-tuning programs. The defaults are preset blog: the recipe of the published
// experiment.
struct Settings {
  std::string model = "distilbert-base-uncased", init = "pretrained";
  std::optional<std::filesystem::path> data;  // none: the default folder
  std::string dataset;
  std::optional<int64_t> max_train_samples;  // none: all
  std::optional<int64_t> max_length;         // none: 512, or what the model has positions for
  int64_t epochs = 3, batch_size = 32, eval_batch_size = 32;
  std::optional<int64_t> max_steps;  // none: as many as the epochs have
  double learning_rate = 2e-5, adam_eps = 1e-6, weight_decay = 0;
  std::string optimizer = "hf-adamw";
  bool shuffle = true;
  int64_t seed = 42;
  std::string device = "auto", dtype = "f32";
  std::optional<int64_t> threads;  // none: as many as the process may use
  std::optional<std::filesystem::path> output;
  bool quiet = false, profile = false;
  std::string progress = "auto";
  int64_t log_every = 50;
};

// What differs between the fine-tuning programs.
struct FineTuneSpec {
  std::string program, description;
  std::string dataset;  // "sst", "glue-sst2" or "qqp"
};

// The settings of a command line; none when --help or --version was all that was asked for. Throws
// UsageError.
std::optional<Settings> parse_settings(const FineTuneSpec& spec, int argc, const char* const* argv);

inline constexpr int64_t kPreferredLength = 512;

DatasetKind dataset_kind(const std::string& name);
TrainingPlan training_plan(const Settings& settings);

// Each setting of the recipe that differs from `preset`'s, as "batch-size 16 (32)".
std::vector<std::string> differences(const Settings& settings, const Settings& preset);

// All settings as fields, by the options' names, into an open object.
void write_settings(JsonWriter& json, const Settings& settings);

}  // namespace hone
