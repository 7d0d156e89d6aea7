// Evaluates a fine-tuned model on a split of a data set.
#include <fmt/format.h>

#include <algorithm>

#include "apps/common/cli.h"
#include "apps/common/console.h"
#include "apps/common/device.h"
#include "apps/common/evaluation.h"
#include "apps/common/model_session.h"
#include "apps/common/program.h"
#include "apps/common/settings.h"
#include "apps/common/task_data.h"
#include "core/error.h"

namespace hone {
namespace {

struct Options {
  std::optional<std::string> model, dataset;
  std::optional<std::filesystem::path> data;
  std::string split = "validation";
  std::optional<int64_t> max_length, threads;
  int64_t batch_size = 32;
  std::string device = "auto", dtype = "f32", progress = "auto";
  bool quiet = false;
};

std::optional<Options> parse(int argc, char** argv) {
  Options o;
  CommandLine command("evaluate", "Writes the loss, accuracy, F1 and more of a fine-tuned model on a split.");
  command.add("model", o.model, "a fine-tuned model: folder, run folder or hub name (needed)");
  command.add("data", o.data,
              "folder of the data set or a parent of it (default: $HONE_DATA, then ~/.cache/hone/data)");
  command.add_choice("dataset", o.dataset, {"sst", "glue-sst2", "qqp"},
                     "which data set (default: sst or qqp, by the model's labels)");
  command.add_choice("split", o.split, {"train", "validation", "test"}, "which part of it");
  command.add("max-length", o.max_length, "cut texts to N tokens (default: the model's limit)",
              {.least = 3, .most = int64_t{1} << 31});
  command.add("batch-size", o.batch_size, "rows of a batch; the loss is the mean of the batches' means",
              {.least = 1, .most = 1 << 20});
  command.add("device", o.device, "auto or cpu: what to compute on");
  command.add("threads", o.threads, "threads to compute on (default: all processors)",
              {.least = 1, .most = 1024});
  command.add_choice("dtype", o.dtype, {"f32", "bf16"}, "type that the encoder computes in");
  command.add("quiet", o.quiet, "no log, only warnings and results");
  command.add_choice("progress", o.progress, {"auto", "on", "off"}, "a progress bar; auto: on a terminal");
  if (!command.parse(argc, argv)) return std::nullopt;
  if (!o.model) throw UsageError("give the fine-tuned model with --model; see --help");
  return o;
}

DatasetKind choose_dataset(const Options& options, const std::vector<std::string>& labels) {
  if (options.dataset) return dataset_kind(*options.dataset);
  if (std::ranges::count(labels, "duplicate") > 0) return DatasetKind::qqp;
  if (std::ranges::count(labels, "positive") > 0) return DatasetKind::sst;
  throw UsageError(
      fmt::format("the model's labels ({}) do not tell which data set it is for; name one with --dataset",
                  fmt::join(labels, ", ")));
}

Split& choose_split(Dataset& dataset, const Options& options, const std::string& set) {
  if (options.split == "train") return dataset.train;
  if (options.split == "validation") return dataset.validation;
  if (!dataset.test) throw DataError(set + ": it has no test split here; take --split validation");
  if (!dataset.test->labelled) {
    throw DataError(set + ": its test split has no labels and cannot be evaluated; take --split validation");
  }
  return *dataset.test;
}

void check_labels(const std::vector<std::string>& of_model, const std::vector<std::string>& of_data) {
  if (of_model.size() != of_data.size()) {
    throw ModelError(
        fmt::format("the model has {} labels, the data set {}", of_model.size(), of_data.size()));
  }
  if (of_model != of_data && std::ranges::is_permutation(of_model, of_data)) {
    throw ModelError(fmt::format("the model's labels ({}) have another order than the data set's ({})",
                                 fmt::join(of_model, ", "), fmt::join(of_data, ", ")));
  }
}

std::string results_text(const std::string& split, const Evaluation& figures) {
  const Confusion& counts = figures.counts;
  std::string text =
      fmt::format("split      {}\nrows       {}\nloss       {:.6f}\n", split, counts.rows(), figures.loss);
  const auto percent = [&](const char* name, double value) {
    text += fmt::format("{:<10} {:.3f} %\n", name, 100 * value);
  };
  percent("accuracy", accuracy(counts));
  percent("f1", f1(counts));
  percent("precision", precision(counts));
  percent("recall", recall(counts));
  return text + fmt::format(
                    "mcc        {:.6f}\nconfusion  true_negatives {} false_positives {} false_negatives {} "
                    "true_positives {}\n",
                    matthews(counts), counts.true_negatives, counts.false_positives, counts.false_negatives,
                    counts.true_positives);
}

int evaluate_program(int argc, char** argv) {
  const auto options = parse(argc, argv);
  if (!options) return 0;
  choose_device(options->device, options->threads);
  const ModelSession session =
      open_model({.name = *options->model, .needs_head = true, .dtype = options->dtype});
  warn("evaluate", session);
  const auto& labels = session.config().labels;
  const auto kind = choose_dataset(*options, labels);
  const auto folder = data_folder(options->data);
  Dataset dataset = load_dataset(kind, folder);
  check_labels(labels, dataset.label_names);
  const Split& split = choose_split(dataset, *options, folder.string() + ": " + name_of(kind));
  const auto rows = encode_split(split, dataset.label_names, session.tokenizer.tokenizer,
                                 effective_length(options->max_length, session, split.pairs));
  Console console({options->quiet, options->progress, 1});
  console.log(fmt::format("{} ({}) on {} from {}, {}", *options->model, session.location.description,
                          name_of(kind), folder.string(), rows.description));
  console.log(device_text(options->dtype));
  const auto figures = evaluate(
      *session.model, rows.rows,
      {.batch_size = options->batch_size, .use_types = session.tokenizer.uses_token_types},
      [&](int64_t done) { console.evaluating(split.name, done, static_cast<int64_t>(rows.rows.size())); });
  console.clear();
  write_output(results_text(split.name, figures));
  return 0;
}

}  // namespace
}  // namespace hone

int main(int argc, char** argv) {
  return hone::run_program("evaluate", [&] { return hone::evaluate_program(argc, argv); });
}
