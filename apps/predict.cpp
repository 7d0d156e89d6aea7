// Classifies each line of stdin.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <exception>
#include <iterator>
#include <numeric>
#include <vector>

#include <hone/autograd/ops/softmax.h>
#include <hone/core/error.h>
#include "apps/cli/cli.h"
#include "apps/cli/device.h"
#include "apps/cli/line_reader.h"
#include "apps/cli/model_warnings.h"
#include "apps/cli/program.h"
#include "apps/run/unfinished_run.h"
#include "data/json/json_writer.h"
#include "train/evaluation.h"
#include "train/model_session.h"
#include "train/packing.h"

namespace hone {
namespace {

struct Options {
  std::optional<std::string> model;
  std::optional<int64_t> max_length;
  int64_t batch_size = 256;
  ComputeSettings compute;
  bool logits = false, jsonl = false;
};

// Turns lines into rows for the model, and their batches into lines of output.
class Predictor {
 public:
  Predictor(const ModelSession& session, int64_t max_length, bool logits, bool jsonl)
      : session_(session),
        max_length_(max_length),
        logits_(logits),
        jsonl_(jsonl),
        labels_(session.config().labels) {
    for (std::string& label : labels_) {  // a TAB or LF in one would break the columns
      std::ranges::replace_if(
          label, [](unsigned char c) { return c < 0x20 || c == 0x7F; }, '?');
    }
  }

  void add(std::string_view line, int64_t number) {
    try {
      rows_.push_back({encode(line), -1});
      tokens_ += rows_.back().encoding.ids.size();
    } catch (const DataError& error) {
      throw DataError(fmt::format("stdin: line {}: {}", number, error.what()));
    } catch (const UsageError& error) {
      throw UsageError(fmt::format("stdin: line {}: {}", number, error.what()), error.settings());
    }
  }
  // Whether so many lines wait for their answers, or so many tokens that more would only take more memory:
  // batches are packed, so lines of unequal length need not be sorted to be computed together.
  bool full(size_t lines) const { return rows_.size() == lines || tokens_ >= kTokens; }

  // Writes a line for each row that was added.
  void answer() {
    if (rows_.empty()) return;
    const NoGrad no_grad;
    std::vector<int64_t> order(rows_.size());
    std::iota(order.begin(), order.end(), 0);
    const PackedBatch batch = pack_rows(rows_, order, session_.tokenizer.uses_token_types);
    const Tensor logits = (*session_.model)(batch.to(session_.model->device())).value().to(Device{});
    check_finite(logits);
    write(logits, logits_ ? logits : softmax(Var(logits)).value());
    rows_.clear();
    tokens_ = 0;
  }

 private:
  static constexpr size_t kTokens = 2048;

  Encoding encode(std::string_view line) const {
    const Tokenizer& tokenizer = session_.tokenizer.tokenizer;
    const size_t tab = line.find('\t');
    if (tab == std::string_view::npos) return tokenizer.encode(line, max_length_);
    if (line.find('\t', tab + 1) != std::string_view::npos) {
      throw DataError("a second TAB; a line is one text or a pair separated by one TAB");
    }
    return tokenizer.encode_pair(line.substr(0, tab), line.substr(tab + 1), max_length_);
  }

  static void check_finite(const Tensor& logits) {
    if (std::ranges::all_of(logits.span<float>(), [](float x) { return std::isfinite(x); })) return;
    throw NonFiniteError("the model's logits are not finite; its weights are unusable");
  }

  void write(const Tensor& logits, const Tensor& values) const {
    std::string text;
    for (size_t row = 0; row < rows_.size(); ++row) {
      const auto part = [&](const Tensor& of) {
        return of.span<float>().subspan(row * labels_.size(), labels_.size());
      };
      const auto label = static_cast<size_t>(predicted_label(part(logits)));
      if (jsonl_) {
        text += object(label, part(values));
        continue;
      }
      text += labels_[label];
      for (const float value : part(values)) fmt::format_to(std::back_inserter(text), "\t{:.6f}", value);
      text += '\n';
    }
    write_output(text);
  }

  // {"label":"good","probabilities":{"bad":0.1,"good":0.9}}
  std::string object(size_t label, std::span<const float> values) const {
    const auto& names = session_.config().labels;
    JsonWriter json;
    json.begin_object().field("label", names[label]).key(logits_ ? "logits" : "probabilities").begin_object();
    for (size_t i = 0; i < names.size(); ++i) json.field(names[i], values[i]);
    return json.end_object().end_object().str() + "\n";
  }

  const ModelSession& session_;
  int64_t max_length_;
  bool logits_, jsonl_;
  std::vector<std::string> labels_;
  std::vector<EncodedRow> rows_;
  size_t tokens_ = 0;  // of rows_
};

// Lines that come before a bad one are still answered.
void predict_all(Predictor& predictor, size_t batch_size) {
  LineReader input(STDIN_FILENO, size_t{1} << 16);
  int64_t number = 1;
  try {
    for (auto lines = input.next_lines(); !lines.empty(); lines = input.next_lines()) {
      while (!lines.empty()) {
        predictor.add(take_line(lines), number++);
        if (predictor.full(batch_size) || lines.empty()) predictor.answer();
      }
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
  const ModelSession session = open_model({.name = not_unfinished_run(*options.model),
                                           .needs_head = true,
                                           .dtype = options.compute.dtype,
                                           .device = device});
  session.model->eval();
  warn("predict", session);
  if (options.compute.tf32 || options.compute.attention == AttentionChoice::cudnn)
    print_error("predict", device_text(device, options.compute.dtype));
  Predictor predictor(session, effective_length(options.max_length, session, false), options.logits,
                      options.jsonl);
  const FixedWeights fixed = fixed_weights(*session.model);
  predict_all(predictor, static_cast<size_t>(options.batch_size));
  return 0;
}

}  // namespace
}  // namespace hone

int main(int argc, char** argv) {
  return hone::run_program("predict", [&] { return hone::predict_program(argc, argv); });
}
