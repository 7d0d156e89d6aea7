#include "apps/cli/settings_table.h"

#include <utility>

#include "core/quote.h"
#include "data/files/parse_number.h"

namespace hone {
namespace {

constexpr double kMost = 2147483648;

constexpr Choices<FirstWeights, 2> kFirstWeights{
    {{"pretrained", FirstWeights::pretrained}, {"random", FirstWeights::random}}};
constexpr Choices<OnNonfinite, 2> kOnNonfinite{{{"stop", OnNonfinite::stop}, {"skip", OnNonfinite::skip}}};
constexpr Choices<LogFormat, 2> kLogFormats{{{"text", LogFormat::text}, {"json", LogFormat::json}}};
constexpr Choices<Color, 3> kColors{
    {{"auto", Color::automatic}, {"always", Color::always}, {"never", Color::never}}};

Option save_every_option(std::optional<int64_t>& steps) {
  const auto text = [&] { return steps ? std::to_string(*steps) : "epoch"; };
  const auto set = [&](const std::string& given) {
    const auto number = parse_number<int64_t>(given);
    if (given != "epoch" && (!number || *number < 1))
      return shown(given) + " is neither epoch nor a number of steps";
    steps = number;
    return std::string();
  };
  return {.name = "save-every",
          .help = "how often to save a checkpoint: epoch, or a number of steps",
          .target = TextTarget{text, set}};
}

Option best_metric_option(BestMetric& metric) {
  const auto text = [&] { return text_of(metric); };
  const auto set = [&](const std::string& given) {
    const auto parsed = parse_best_metric(given);
    if (!parsed) return shown(given) + " is none of " + kBestMetricWords;
    metric = *parsed;
    return std::string();
  };
  return {.name = "best-metric",
          .help = std::string(
                      "of the validation split: what makes an evaluation the best; its checkpoint is kept, "
                      "model/ holds the last state: ") +
                  kBestMetricWords,
          .target = TextTarget{text, set}};
}

// Gathers the settings of one heading.
class Table {
 public:
  void heading(const std::string& group) { group_ = group; }

  template <class T>
  Option& add(SettingRole role, const std::string& name, T& value, const std::string& help,
              Range range = {}) {
    settings.push_back(
        {{.name = name, .help = help, .target = &value, .range = range, .group = group_}, role});
    return settings.back().option;
  }
  template <class T>
  Option& recipe(const std::string& name, T& value, const std::string& help, Range range = {}) {
    return add(SettingRole::recipe, name, value, help, range);
  }
  template <class T>
  Option& run(const std::string& name, T& value, const std::string& help, Range range = {}) {
    return add(SettingRole::run, name, value, help, range);
  }
  template <class T>
  Option& command(const std::string& name, T& value, const std::string& help) {
    return add(SettingRole::command, name, value, help);
  }

  void add(SettingRole role, Option option) {
    option.group = group_;
    settings.push_back({std::move(option), role});
  }
  template <class T, class E, size_t N>
  void choice(SettingRole role, const std::string& name, T& value, const Choices<E, N>& choices,
              const std::string& help) {
    add(role, choice_option(name, value, choices, help));
  }

  std::vector<Setting> settings;

 private:
  std::string group_;
};

void add_model(Table& table, Settings& s) {
  table.heading("Model");
  table.recipe("model", s.model, "hub name (looked up in its cache), model folder or run folder");
  table.choice(SettingRole::recipe, "init", s.init, kFirstWeights,
               "where the weights begin; random needs only config.json and the tokenizer");
  table.recipe("new-head", s.new_head, "begin with a new classification head, also where the model has one");
}

void add_data(Table& table, Settings& s) {
  table.heading("Data");
  table.run("data", s.data,
            "folder of the data set or a parent of it (default: $HONE_DATA, then ~/.cache/hone/data)");
  table.choice(SettingRole::recipe, "dataset", s.dataset, kDatasets, "what to train on");
  for (Option& option : own_data_options(s.own)) table.add(SettingRole::recipe, std::move(option));
  table.choice(SettingRole::recipe, "encoding-errors", s.encoding_errors, kEncodingErrors,
               "bytes that are not UTF-8: refuse the file, or put U+FFFD");
  table
      .recipe("max-train-samples", s.max_train_samples, "train on a sample of N rows, which the seed chooses",
              {1, kMost})
      .none = "all";
  table
      .recipe("max-eval-samples", s.max_eval_samples,
              "evaluate a sample of N rows of each split, the same for every seed", {1, kMost})
      .none = "all";
  table.recipe("max-length", s.max_length, "cut texts to N tokens, or to the model's positions", {3, kMost});
}

void add_training(Table& table, Settings& s) {
  table.heading("Training");
  table.choice(SettingRole::recipe, "preset", s.preset, kPresets,
               "the defaults of --max-length and all that follows, which may each be given as well: blog is "
               "the published experiment, hf-trainer what transformers' Trainer does");
  table.recipe("epochs", s.epochs, "passes over the training rows", {0, 1000000});
  table.recipe("max-steps", s.max_steps, "end after N optimizer steps", {0, kMost}).none = "all";
  table.recipe("batch-size", s.batch_size, "rows that are computed at once in training", {1, 1 << 20});
  table.recipe("eval-batch-size", s.eval_batch_size, "rows of an evaluation batch", {1, 1 << 20});
  table.recipe("accumulate", s.accumulate, "batches that make one optimizer step", {1, 1 << 20});
  table.recipe("learning-rate", s.learning_rate, "its peak, where it changes over the run", {0, 1e30});
  table.choice(
      SettingRole::recipe, "schedule", s.schedule, kSchedules,
      "of the learning rate: constant, or falling to 0 at the last step, as a line or half a cosine");
  table.recipe("warmup", s.warmup, "steps in which the learning rate rises; below 1: that part of all steps",
               {0, kMost});
  table.recipe("clip-norm", s.clip_norm, "cut the norm of all gradients together to X", {1e-30, 1e30}).none =
      "none";
  table.choice(SettingRole::recipe, "optimizer", s.optimizer, kOptimizers, "the form of AdamW");
  table.recipe("adam-eps", s.adam_eps, "AdamW's epsilon, above 0", {1e-30, 1e30});
  table.recipe("weight-decay", s.weight_decay, "AdamW's, on all but biases and LayerNorm", {0, 1e30});
  table.recipe("shuffle", s.shuffle, "new order of the rows each epoch; off: file order");
  table.recipe("seed", s.seed, "of the new head's weights, shuffling and dropout", {0, 4294967295.0});
  table.run("runs", s.runs, "run N times, with this seed and the ones after it; reports mean and deviation",
            {1, 1000});
  table.recipe(
      "overfit-batches", s.overfit_batches,
      "train on a sample of N batches only, again and again, to see whether the model can learn; 0: on all",
      {0, kMost});
  table.recipe("patience", s.patience,
               "stop after N evaluations that were no better, by --best-metric; 0: never", {0, kMost});
  table.add(SettingRole::recipe, best_metric_option(s.best_metric));
  table.recipe(
      "positive-label", s.positive_label,
      "the label whose F1, precision and recall are reported first (default: the last of two labels, "
      "of more none: macro averages)");
  table.choice(SettingRole::recipe, "on-nonfinite", s.on_nonfinite, kOnNonfinite,
               "when a loss or gradient is not finite: end the run, or skip the step (at most 10 in a row)");
}

void add_compute(Table& table, Settings& s) {
  table.heading("Compute");
  table.add(SettingRole::run, device_option(s.compute.device));
  table.run("threads", s.compute.threads,
            "threads to compute on (default: the cores that the process may use)", {1, 1024});
  table.recipe("tf32", s.compute.tf32, kTf32Help);
  table.choice(SettingRole::recipe, "attention", s.compute.attention, kAttentions, kAttentionHelp);
  table.run("recompute", s.recompute,
            "compute each layer a second time on the way back: the same result, less memory, a third slower");
  table.choice(SettingRole::recipe, "dtype", s.compute.dtype, kDtypes,
               "type that the encoder computes in; parameters stay f32");
}

void add_output(Table& table, Settings& s) {
  table.heading("Output");
  table.run("output", s.output, "folder to write to, new or empty (default: hone-runs/<program>-<UTC time>)");
  table.command("resume", s.resume, "go on with the run in --output, from its latest checkpoint");
  table.add(SettingRole::run, save_every_option(s.save_every));
  table.run("keep", s.keep, "checkpoints to keep, besides the best one's", {1, kMost});
  table.run("quiet", s.quiet, "no log, only warnings and results");
  table.choice(SettingRole::run, "log", s.log, kLogFormats,
               "json: every event as a line of JSON on stdout, instead of results for people");
  table.choice(SettingRole::run, "color", s.color, kColors,
               "of the log; auto: on a terminal, as NO_COLOR and CLICOLOR_FORCE say");
  table.choice(SettingRole::run, "progress", s.progress, kProgresses,
               "a progress bar; off: lines instead; auto: a bar on a terminal, lines elsewhere");
  table.run("log-every", s.log_every, "steps between lines of the log without a bar", {1, kMost});
  table.run("profile", s.profile, "at the end, show the time of each kernel");
}

void add_commands(Table& table, Settings& s) {
  table.heading("Settings");
  table.command("config", s.config, "JSON file of settings, by the names of these options");
  table.command("dump-config", s.dump_config, "write all settings as such a file to stdout and exit");
  table.command("dry-run", s.dry_run,
                "load the model and the data, show sizes, schedule and an estimate of memory, and exit");
}

}  // namespace

std::vector<Setting> setting_table(Settings& settings) {
  Table table;
  add_model(table, settings);
  add_data(table, settings);
  add_training(table, settings);
  add_compute(table, settings);
  add_output(table, settings);
  add_commands(table, settings);
  return std::move(table.settings);
}

}  // namespace hone
