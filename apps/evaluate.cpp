// Evaluates a fine-tuned model on a split of a data set.
#include <fmt/format.h>

#include <algorithm>

#include <hone/core/error.h>
#include <hone/train/text_classifier.h>
#include "apps/cli/cli.h"
#include "apps/cli/device.h"
#include "apps/cli/own_data.h"
#include "apps/cli/program.h"
#include "apps/cli/settings.h"
#include "apps/run/console.h"
#include "apps/run/task_data.h"
#include "apps/run/unfinished_run.h"

namespace hone {
namespace {

enum class SplitName { train, validation, test };
constexpr Choices<SplitName, 3> kSplits{
    {{"train", SplitName::train}, {"validation", SplitName::validation}, {"test", SplitName::test}}};

struct Options {
  std::optional<std::string> model;
  std::optional<DatasetKind> dataset;
  std::optional<std::filesystem::path> data;
  SplitName split = SplitName::validation;
  std::optional<int64_t> max_length;
  int64_t batch_size = 32;
  ComputeSettings compute;
  Progress progress = Progress::automatic;
  EncodingErrors encoding_errors = EncodingErrors::strict;
  OwnDataSettings own;
  bool quiet = false;
};

std::optional<Options> parse(int argc, char** argv) {
  Options o;
  CommandLine command("evaluate", "Writes the loss, accuracy, F1 and more of a fine-tuned model on a split.");
  command.add("model", o.model, "a fine-tuned model: folder, run folder or hub name (needed)");
  command.add("data", o.data,
              "folder of the data set or a parent of it (default: $HONE_DATA, then ~/.cache/hone/data)");
  command.add_choice("dataset", o.dataset, kDatasets,
                     "which data set (default: sst or qqp, by the model's labels)");
  for (const Option& option : own_data_options(o.own)) command.add(option);
  command.add_choice("encoding-errors", o.encoding_errors, kEncodingErrors,
                     "bytes that are not UTF-8: refuse the file, or put U+FFFD");
  command.add_choice("split", o.split, kSplits, "which part of it");
  command.add("max-length", o.max_length, "cut texts to N tokens (default: the model's limit)",
              {.least = 3, .most = int64_t{1} << 31});
  command.add("batch-size", o.batch_size, "rows of a batch; the loss is the mean of the batches' means",
              {.least = 1, .most = 1 << 20});
  add_compute_options(command, o.compute);
  command.add("quiet", o.quiet, "no log, only warnings and results");
  command.add_choice("progress", o.progress, kProgresses, "a progress bar; auto: on a terminal");
  if (!command.parse(argc, argv)) return std::nullopt;
  if (!o.model) throw UsageError("give the fine-tuned model with --model; see --help");
  check_own_data(o.own);
  if (o.own.given() && (o.data || o.dataset || command.given("split"))) {
    throw UsageError("a file of one's own is given: --data, --dataset and --split have no meaning");
  }
  return o;
}

DatasetKind choose_dataset(const Options& options, const std::vector<std::string>& labels) {
  if (options.dataset) return *options.dataset;
  if (std::ranges::count(labels, "duplicate") > 0) return DatasetKind::qqp;
  if (std::ranges::count(labels, "positive") > 0) return DatasetKind::sst;
  throw UsageError(
      fmt::format("the model's labels ({}) do not tell which data set it is for; name one with --dataset",
                  fmt::join(labels, ", ")));
}

Split& choose_split(Dataset& dataset, const Options& options, const std::string& set) {
  if (options.split == SplitName::train) return dataset.train;
  if (options.split == SplitName::validation) return dataset.validation;
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

std::string confusion_text(const Confusion& counts, const std::vector<std::string>& labels) {
  if (counts.labels() == 2) {
    return fmt::format(
        "confusion  true_negatives {} false_positives {} false_negatives {} true_positives {}\n",
        counts.at(0, 0), counts.at(0, 1), counts.at(1, 0), counts.at(1, 1));
  }
  std::string text;
  for (int label = 0; label < counts.labels(); ++label) {
    text += fmt::format("confusion  {}:", labels[static_cast<size_t>(label)]);
    for (int predicted = 0; predicted < counts.labels(); ++predicted) {
      text += fmt::format(" {} {}", labels[static_cast<size_t>(predicted)], counts.at(label, predicted));
    }
    text += '\n';
  }
  return text;
}

std::string results_text(const std::string& split, const Evaluation& figures,
                         const std::vector<std::string>& labels) {
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
  return text + fmt::format("mcc        {:.6f}\n", matthews(counts)) + confusion_text(counts, labels);
}

// The rows to evaluate, with the source that they come from.
struct Rows {
  Split split;
  std::string source;
};

Rows load_own_rows(const Options& options, std::vector<std::string> labels) {
  const OwnDataSettings& own = options.own;
  if (own.train_file.has_value() + own.validation_file.has_value() + own.test_file.has_value() != 1) {
    throw UsageError("give one of --train-file, --validation-file and --test-file to evaluate");
  }
  const char* name = own.train_file ? "train" : (own.validation_file ? "validation" : "test");
  const auto& path =
      own.train_file ? *own.train_file : (own.validation_file ? *own.validation_file : *own.test_file);
  std::string columns;
  Split split = load_own_file(path, name, own_format(own, options.encoding_errors), labels, columns);
  return {std::move(split), fmt::format("{}: {}", path.string(), columns)};
}

Rows load_rows(const Options& options, const std::vector<std::string>& labels) {
  if (options.own.given()) return load_own_rows(options, labels);
  const auto kind = choose_dataset(options, labels);
  const auto folder = data_folder(options.data);
  Dataset dataset = load_dataset(kind, folder, options.encoding_errors);
  check_labels(labels, dataset.label_names);
  return {choose_split(dataset, options, folder.string() + ": " + name_of(kind)),
          fmt::format("{} from {}", name_of(kind), folder.string())};
}

int evaluate_program(int argc, char** argv) {
  const auto options = parse(argc, argv);
  if (!options) return 0;
  const Device device = choose_device(options->compute);
  auto classifier = TextClassifier::load(not_unfinished_run(*options->model),
                                         {.dtype = options->compute.dtype, .device = device});
  for (const std::string& warning : classifier.warnings()) print_error("evaluate", "warning: " + warning);
  const auto& labels = classifier.labels();
  const auto [split, source] = load_rows(*options, labels);
  classifier.set_max_length(options->max_length, split.pairs);
  const TaskSplit rows = encode_split(split, classifier);
  Console console({options->quiet, options->progress, 1});
  console.log(
      fmt::format("{} ({}) on {}, {}", *options->model, classifier.origin(), source, rows.description));
  console.log(device_text(device, options->compute.dtype));
  const auto figures = classifier.evaluate(rows.rows, options->batch_size, [&](int64_t done) {
    console.evaluating(split.name, done, static_cast<int64_t>(rows.rows.size()));
  });
  console.clear();
  write_output(results_text(split.name, figures, labels));
  return 0;
}

}  // namespace
}  // namespace hone

int main(int argc, char** argv) {
  return hone::run_program("evaluate", [&] { return hone::evaluate_program(argc, argv); });
}
