// The predict program: classifies each line of stdin.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <iterator>
#include <span>
#include <utility>
#include <vector>

#include <hone/core/error.h>
#include <hone/train/text_classifier.h>
#include "apps/cli/cli.h"
#include "apps/cli/device.h"
#include "apps/cli/input_text.h"
#include "apps/cli/line_reader.h"
#include "apps/cli/program.h"
#include "apps/run/unfinished_run.h"
#include "core/printable.h"
#include "data/json/json_writer.h"

namespace hone {
namespace {

struct Options {
  std::optional<std::string> model;
  std::optional<int64_t> max_length;
  int64_t batch_size = 256;
  ComputeSettings compute;
  bool logits = false, jsonl = false;
};

// Turns lines into predictions, and predictions into lines of output.
class Predictor {
 public:
  Predictor(const TextClassifier& classifier, bool logits, bool jsonl)
      : classifier_(classifier), logits_(logits), jsonl_(jsonl), labels_(classifier.labels()) {
    for (std::string& label : labels_) label = printable(label);  // a TAB in one would break the columns
  }

  void add(std::string_view line, int64_t number) {
    try {
      const auto [first, second] = input_text(line);
      rows_.push_back({second ? classifier_.encode(first, *second) : classifier_.encode(first)});
    } catch (const DataError& error) {
      throw DataError(fmt::format("stdin: line {}: {}", number, error.what()));
    } catch (const UsageError& error) {
      throw UsageError(fmt::format("stdin: line {}: {}", number, error.what()), error.settings());
    }
  }

  // Predicts the rows that were added, and writes a line for each; of many labels only a few rows at once.
  void answer() {
    constexpr size_t kMostValues = size_t{1} << 22;
    const size_t most = std::max<size_t>(1, kMostValues / labels_.size());
    const auto rows = std::exchange(rows_, {});
    for (size_t begin = 0; begin < rows.size(); begin += most)
      answer(std::span(rows).subspan(begin, std::min(most, rows.size() - begin)));
  }

 private:
  void answer(std::span<const EncodedRow> rows) const {
    std::string text;
    for (const Prediction& one : classifier_(rows)) {
      const auto label = static_cast<size_t>(predicted_label(one.logits));
      text += jsonl_ ? object(one) : columns(labels_[label], logits_ ? one.logits : one.probabilities);
    }
    write_output(text);
  }

  static std::string columns(const std::string& label, const std::vector<float>& values) {
    std::string text = label;
    for (const float value : values) fmt::format_to(std::back_inserter(text), "\t{:.6f}", value);
    return text + '\n';
  }

  // A prediction as JSON: {"label":"good","probabilities":{"bad":0.1,"good":0.9}}
  std::string object(const Prediction& one) const {
    const auto& names = classifier_.labels();
    const auto& values = logits_ ? one.logits : one.probabilities;
    JsonWriter json;
    json.begin_object().field("label", one.label).key(logits_ ? "logits" : "probabilities").begin_object();
    for (size_t i = 0; i < names.size(); ++i) json.field(names[i], values[i]);
    return printable(json.end_object().end_object().str()) + "\n";
  }

  const TextClassifier& classifier_;
  bool logits_, jsonl_;
  std::vector<std::string> labels_;
  std::vector<EncodedRow> rows_;
};

// Predicts all lines of stdin; lines before a bad one are still answered.
void predict_all(Predictor& predictor) {
  LineReader input(STDIN_FILENO, size_t{1} << 16);
  int64_t number = 1;
  try {
    for (auto lines = input.next_lines(); !lines.empty(); lines = input.next_lines()) {
      while (!lines.empty()) predictor.add(take_line(lines), number++);
      predictor.answer();
    }
  } catch (const DataError&) {
    predictor.answer();
    throw;
  }
}

int predict_program(int argc, char** argv) {
  Options options;
  CommandLine command(
      "predict",
      "Classifies each line of stdin, in order: label TAB probability of each label. A TAB in a line "
      "separates the two texts of a pair.");
  command.add("model", options.model, "a fine-tuned model: folder, run folder or hub name (needed)");
  command.add("logits", options.logits, "write logits instead of probabilities");
  command.add("jsonl", options.jsonl, "write each answer as a line of JSON");
  command.add("max-length", options.max_length, "cut texts to N tokens (default: the model's limit)",
              {.least = 3, .most = int64_t{1} << 31});
  command.add("batch-size", options.batch_size, "most lines to compute at once",
              {.least = 1, .most = 1 << 20});
  add_compute_options(command, options.compute);
  if (!command.parse(argc, argv)) return 0;
  if (!options.model) throw UsageError("give the fine-tuned model with --model; see --help");
  const Device device = choose_device(options.compute);
  const auto classifier =
      TextClassifier::load(not_unfinished_run(*options.model), {.dtype = options.compute.dtype,
                                                                .device = device,
                                                                .max_length = options.max_length,
                                                                .batch_size = options.batch_size});
  for (const std::string& warning : classifier.warnings()) print_error("predict", "warning: " + warning);
  if (options.compute.tf32 || options.compute.attention == AttentionChoice::cudnn)
    print_error("predict", device_text(device, options.compute.dtype));
  Predictor predictor(classifier, options.logits, options.jsonl);
  predict_all(predictor);
  return 0;
}

}  // namespace
}  // namespace hone

int main(int argc, char** argv) {
  return hone::run_program("predict", [&] { return hone::predict_program(argc, argv); });
}
