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
#include "apps/run/figures.h"
#include "apps/run/task_data.h"
#include "apps/run/unfinished_run.h"
#include "data/sets/label_index.h"
#include "data/sets/record_file.h"

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
  std::optional<std::string> positive_label;
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
  command.add(
      "positive-label", o.positive_label,
      "the label whose F1, precision and recall are reported first (default: the data set's, of two)");
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
  const auto has = [&](const char* name) {
    return std::ranges::any_of(labels, [&](const std::string& label) { return folded_label(label) == name; });
  };
  if (has("duplicate")) return DatasetKind::qqp;
  if (has("positive")) return DatasetKind::sst;
  throw UsageError(
      fmt::format("the model's labels ({}) do not tell which data set it is for; name one with --dataset",
                  some_of(labels)));
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

NamedDataset load_own_rows(const Options& options) {
  const OwnDataSettings& own = options.own;
  if (own.train_file.has_value() + own.validation_file.has_value() + own.test_file.has_value() != 1) {
    throw UsageError("give one of --train-file, --validation-file and --test-file to evaluate");
  }
  const char* name = own.train_file ? "train" : (own.validation_file ? "validation" : "test");
  const auto& path =
      own.train_file ? *own.train_file : (own.validation_file ? *own.validation_file : *own.test_file);
  Dataset data = load_own_split(path, name, own_format(own, options.encoding_errors));
  const std::string source = data.notes.front().substr(std::string(name).size() + 1);
  data.notes.clear();
  return {std::move(data), "own files", source};
}

NamedDataset load_rows(const Options& options, const std::vector<std::string>& labels) {
  if (options.own.given()) return load_own_rows(options);
  const auto kind = choose_dataset(options, labels);
  const auto folder = data_folder(options.data);
  Dataset data = load_dataset(kind, folder, options.encoding_errors);
  data.notes.clear();
  return {std::move(data), name_of(kind), fmt::format("{} from {}", name_of(kind), folder.string())};
}

int evaluate_program(int argc, char** argv) {
  const auto options = parse(argc, argv);
  if (!options) return 0;
  const Device device = choose_device(options->compute);
  auto classifier = TextClassifier::load(not_unfinished_run(*options->model),
                                         {.dtype = options->compute.dtype, .device = device});
  for (const std::string& warning : classifier.warnings()) print_error("evaluate", "warning: " + warning);
  NamedDataset data = load_rows(*options, classifier.labels());
  const Split& split =
      options->own.given() ? data.dataset.validation : choose_split(data.dataset, *options, data.source);
  use_labels_of(classifier, data);
  const LabelChoice labels{classifier.labels(), positive_label(options->positive_label, classifier.labels(),
                                                               data.dataset.positive_label)};
  classifier.set_max_length(options->max_length, split.pairs);
  const TaskSplit rows = encode_split(split, classifier);
  Console console({options->quiet, options->progress, 1});
  for (const std::string& warning : data.dataset.warnings) console.warning(warning);
  console.log(
      fmt::format("{} ({}) on {}, {}", *options->model, classifier.origin(), data.source, rows.description));
  for (const std::string& note : data.dataset.notes) console.log("note: " + note);
  console.log(device_text(device, options->compute.dtype));
  const auto figures = classifier.evaluate(rows.rows, options->batch_size, [&](int64_t done) {
    console.evaluating(split.name, done, static_cast<int64_t>(rows.rows.size()));
  });
  console.clear();
  write_output(fmt::format("split      {}\n", split.name) + figures_lines(figures_of(figures, labels)));
  return 0;
}

}  // namespace
}  // namespace hone

int main(int argc, char** argv) {
  return hone::run_program("evaluate", [&] { return hone::evaluate_program(argc, argv); });
}
