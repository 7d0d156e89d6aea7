#include "apps/common/cli.h"
#include "apps/common/settings.h"
#include "core/error.h"

namespace hone {
namespace {

constexpr int64_t kMost = int64_t{1} << 31;

void add_data_options(CommandLine& command, Settings& s) {
  command.add("model", s.model, "hub name (looked up in its cache), model folder or run folder");
  command.add_choice("init", s.init, {"pretrained", "random"},
                     "where the weights begin; random needs only config.json and the tokenizer");
  command.add("data", s.data,
              "folder of the data set or a parent of it (default: $HONE_DATA, then ~/.cache/hone/data)");
  command.add_choice("dataset", s.dataset, {"sst", "glue-sst2", "qqp"}, "what to train on");
  command.add("max-train-samples", s.max_train_samples, "train on the first N rows (default: all)",
              {.least = 1, .most = kMost});
  command.add("max-length", s.max_length,
              "cut texts to N tokens (default: 512, at most the model's positions)",
              {.least = 3, .most = kMost});
}

void add_training_options(CommandLine& command, Settings& s) {
  command.add("epochs", s.epochs, "passes over the training rows", {.least = 0, .most = 1000000});
  command.add("max-steps", s.max_steps, "end after N optimizer steps (default: when the epochs end)",
              {.least = 0, .most = kMost});
  command.add("batch-size", s.batch_size, "rows of a training step", {.least = 1, .most = 1 << 20});
  command.add("eval-batch-size", s.eval_batch_size, "rows of an evaluation batch",
              {.least = 1, .most = 1 << 20});
  command.add("learning-rate", s.learning_rate, "constant over the run", {.least = 0, .most = 1e30});
  command.add_choice("optimizer", s.optimizer, {"hf-adamw", "torch-adamw"}, "the form of AdamW");
  command.add("adam-eps", s.adam_eps, "AdamW's epsilon, above 0", {.least = 1e-30, .most = 1e30});
  command.add("weight-decay", s.weight_decay, "AdamW's, on all but biases and LayerNorm",
              {.least = 0, .most = 1e30});
  command.add_flag("shuffle", s.shuffle, "new order of the rows each epoch; off: file order");
  command.add("seed", s.seed, "of the new head's weights, shuffling and dropout",
              {.least = 0, .most = UINT32_MAX});
}

void add_run_options(CommandLine& command, Settings& s) {
  command.add("device", s.device, "auto or cpu: what to compute on");
  command.add("threads", s.threads, "threads to compute on (default: all processors)",
              {.least = 1, .most = 1024});
  command.add_choice("dtype", s.dtype, {"f32", "bf16"}, "type that the encoder computes in; parameters stay f32");
  command.add("output", s.output,
              "folder to write to, new or empty (default: hone-runs/<program>-<UTC time>)");
  command.add_flag("quiet", s.quiet, "no log, only warnings and results");
  command.add_choice("progress", s.progress, {"auto", "on", "off"},
                     "a progress bar; auto: on a terminal, lines elsewhere");
  command.add("log-every", s.log_every, "steps between lines of the log without a bar",
              {.least = 1, .most = kMost});
  command.add_flag("profile", s.profile, "at the end, show the time of each kernel");
}

}  // namespace

std::optional<Settings> parse_settings(const FineTuneSpec& spec, int argc, const char* const* argv) {
  Settings settings;
  settings.dataset = spec.dataset;
  CommandLine command(spec.program, spec.description);
  add_data_options(command, settings);
  add_training_options(command, settings);
  add_run_options(command, settings);
  if (!command.parse(argc, argv)) return std::nullopt;
  return settings;
}

}  // namespace hone
