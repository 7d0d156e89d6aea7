#include <utility>

#include "apps/cli/settings.h"

namespace hone {
namespace {

constexpr double kMost = 2147483648;

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

  std::vector<Setting> settings;

 private:
  std::string group_;
};

void add_model(Table& table, Settings& s) {
  table.heading("Model");
  table.recipe("model", s.model, "hub name (looked up in its cache), model folder or run folder");
  table.recipe("init", s.init, "where the weights begin; random needs only config.json and the tokenizer")
      .choices = {"pretrained", "random"};
  table.recipe("new-head", s.new_head, "begin with a new classification head, also where the model has one");
}

void add_data(Table& table, Settings& s) {
  table.heading("Data");
  table.run("data", s.data,
            "folder of the data set or a parent of it (default: $HONE_DATA, then ~/.cache/hone/data)");
  table.recipe("dataset", s.dataset, "what to train on; the default goes with the preset").choices = {
      "sst", "glue-sst2", "qqp"};
  for (Option& option : own_data_options(s.own)) table.add(SettingRole::recipe, std::move(option));
  table
      .recipe("encoding-errors", s.encoding_errors,
              "bytes that are not UTF-8: refuse the file, or put U+FFFD")
      .choices = {"strict", "replace"};
  table.recipe("max-train-samples", s.max_train_samples, "train on the first N rows", {1, kMost}).none =
      "all";
  table.recipe("max-eval-samples", s.max_eval_samples, "evaluate the first N rows of each split", {1, kMost})
      .none = "all";
  table.recipe("max-length", s.max_length, "cut texts to N tokens, or to the model's positions", {3, kMost});
}

void add_training(Table& table, Settings& s) {
  table.heading("Training");
  table
      .recipe("preset", s.preset,
              "the defaults of --dataset, --max-length and all that follows: blog is the published "
              "experiment, hf-trainer "
              "what transformers' Trainer does")
      .choices = {"blog", "hf-trainer"};
  table.recipe("epochs", s.epochs, "passes over the training rows", {0, 1000000});
  table.recipe("max-steps", s.max_steps, "end after N optimizer steps", {0, kMost}).none = "all";
  table.recipe("batch-size", s.batch_size, "rows that are computed at once in training", {1, 1 << 20});
  table.recipe("eval-batch-size", s.eval_batch_size, "rows of an evaluation batch", {1, 1 << 20});
  table.recipe("accumulate", s.accumulate, "batches that make one optimizer step", {1, 1 << 20});
  table.recipe("learning-rate", s.learning_rate, "its peak, where it changes over the run", {0, 1e30});
  table.recipe("schedule", s.schedule, "of the learning rate: constant, or falling to 0 at the last step")
      .choices = {"constant", "linear"};
  table.recipe("warmup", s.warmup, "steps in which the learning rate rises; below 1: that part of all steps",
               {0, kMost});
  table.recipe("clip-norm", s.clip_norm, "cut the norm of all gradients together to X", {1e-30, 1e30}).none =
      "none";
  table.recipe("optimizer", s.optimizer, "the form of AdamW").choices = {"hf-adamw", "torch-adamw"};
  table.recipe("adam-eps", s.adam_eps, "AdamW's epsilon, above 0", {1e-30, 1e30});
  table.recipe("weight-decay", s.weight_decay, "AdamW's, on all but biases and LayerNorm", {0, 1e30});
  table.recipe("shuffle", s.shuffle, "new order of the rows each epoch; off: file order");
  table.recipe("seed", s.seed, "of the new head's weights, shuffling and dropout", {0, 4294967295.0});
  table.run("runs", s.runs, "run N times, with this seed and the ones after it; reports mean and deviation",
            {1, 1000});
  table.recipe(
      "overfit-batches", s.overfit_batches,
      "train on the first N batches only, again and again, to see whether the model can learn; 0: on all",
      {0, kMost});
  table.recipe("patience", s.patience,
               "stop after N evaluations that were no better, by --best-metric; 0: never", {0, kMost});
  table
      .recipe("best-metric", s.best_metric,
              "of the validation split: what makes an evaluation the best; its checkpoint is kept, model/ "
              "holds the last state")
      .choices = {"accuracy", "f1", "loss"};
  table
      .recipe("on-nonfinite", s.on_nonfinite,
              "when a loss or gradient is not finite: end the run, or skip the step (at most 10 in a row)")
      .choices = {"stop", "skip"};
}

void add_compute(Table& table, Settings& s) {
  table.heading("Compute");
  table.run("device", s.compute.device, "auto, cpu or cuda[:N]: what to compute on");
  table.run("threads", s.compute.threads,
            "threads to compute on (default: the cores that the process may use)", {1, 1024});
  table.recipe("tf32", s.compute.tf32, kTf32Help);
  table.recipe("attention", s.compute.attention, kAttentionHelp).choices = {"auto", "plain", "cudnn"};
  table.run("recompute", s.recompute,
            "compute each layer a second time on the way back: the same result, less memory, a third slower");
  table.recipe("dtype", s.compute.dtype, "type that the encoder computes in; parameters stay f32").choices = {
      "f32", "bf16"};
}

void add_output(Table& table, Settings& s) {
  table.heading("Output");
  table.run("output", s.output, "folder to write to, new or empty (default: hone-runs/<program>-<UTC time>)");
  table.command("resume", s.resume, "go on with the run in --output, from its latest checkpoint");
  table.run("save-every", s.save_every, "how often to save a checkpoint: epoch, or a number of steps");
  table.run("keep", s.keep, "checkpoints to keep, besides the best one's", {1, kMost});
  table.run("quiet", s.quiet, "no log, only warnings and results");
  table.run("log", s.log, "json: every event as a line of JSON on stdout, instead of results for people")
      .choices = {"text", "json"};
  table.run("color", s.color, "of the log; auto: on a terminal, as NO_COLOR and CLICOLOR_FORCE say")
      .choices = {"auto", "always", "never"};
  table
      .run("progress", s.progress,
           "a progress bar; off: lines instead; auto: a bar on a terminal, lines elsewhere")
      .choices = {"auto", "on", "off"};
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
