#include "apps/run/events.h"

#include <fmt/core.h>

#include <hone/core/error.h>

namespace hone {
namespace {

// The name of one of the four counts of two labels, with its true and predicted label.
struct NamedCount {
  const char* name;
  int label, predicted;
};
constexpr NamedCount kFour[] = {
    {"true_negatives", 0, 0}, {"false_positives", 0, 1}, {"false_negatives", 1, 0}, {"true_positives", 1, 1}};

// Writes a confusion matrix: for two labels an object of four counts, for more an array of rows, one for each
// true label.
void write_confusion(JsonWriter& json, const Confusion& counts) {
  if (counts.labels() == 2) {
    json.begin_object();
    for (const auto& [name, label, predicted] : kFour) json.field(name, counts.at(label, predicted));
    json.end_object();
    return;
  }
  json.begin_array();
  for (int label = 0; label < counts.labels(); ++label) {
    json.begin_array();
    for (int predicted = 0; predicted < counts.labels(); ++predicted) json.value(counts.at(label, predicted));
    json.end_array();
  }
  json.end_array();
}

Confusion parse_confusion(const Json& json) {
  if (json.is_object()) {
    Confusion counts(2);
    for (const auto& [name, label, predicted] : kFour) {
      counts.add(label, predicted, json.at(name).as_int(json.where(name)));
    }
    return counts;
  }
  const auto& rows = json.as_array("confusion");
  Confusion counts(rows.size());
  for (int label = 0; label < counts.labels(); ++label) {
    const auto& row = rows[static_cast<size_t>(label)].as_array("confusion");
    if (row.size() != rows.size()) throw ModelError("confusion: expected a square of counts");
    for (int predicted = 0; predicted < counts.labels(); ++predicted) {
      counts.add(label, predicted, row[static_cast<size_t>(predicted)].as_int("confusion"));
    }
  }
  return counts;
}

}  // namespace

std::string step_event(const StepReport& report) {
  JsonWriter json;
  json.begin_object().field("event", "step").field("step", report.step).field("epoch", report.epoch);
  json.field("loss", static_cast<float>(report.loss)).field("learning_rate", report.learning_rate);
  json.field("grad_norm", report.grad_norm)
      .field("tokens", report.tokens)
      .field("sequences", report.sequences);
  if (report.skipped != 0) json.field("skipped", report.skipped);
  return json.field("seconds", report.seconds).end_object().str();
}

void write_figures(JsonWriter& json, const Evaluation& figures) {
  const Confusion& counts = figures.counts;
  json.field("rows", counts.rows()).field("loss", figures.loss).field("accuracy", accuracy(counts));
  json.field("f1", f1(counts)).field("precision", precision(counts)).field("recall", recall(counts));
  json.field("mcc", matthews(counts)).key("confusion");
  write_confusion(json, counts);
  json.field("seconds", figures.seconds);
}

std::string eval_event(const EvaluatedSplit& evaluated) {
  JsonWriter json;
  json.begin_object().field("event", "eval").field("split", evaluated.split);
  json.field("epoch", evaluated.epoch).field("step", evaluated.step);
  write_figures(json, evaluated.figures);
  return json.end_object().str();
}

EvaluatedSplit parse_eval_event(const Json& event) {
  const auto number = [&](const char* name) { return event.at(name).as_number(event.where(name)); };
  EvaluatedSplit out{event.get_string("split", ""), event.get_int("epoch", 0), event.get_int("step", 0), {}};
  out.figures.loss = number("loss");
  out.figures.seconds = number("seconds");
  out.figures.counts = parse_confusion(event.at("confusion"));
  return out;
}

std::string checkpoint_event(int64_t step, const std::string& folder) {
  JsonWriter json;
  json.begin_object().field("event", "checkpoint").field("step", step).field("folder", folder);
  return json.end_object().str();
}

std::string error_event(int exit_code, const std::string& message) {
  static constexpr const char* kKinds[] = {"", "run", "usage", "data", "model", "nonfinite"};
  JsonWriter json;
  json.begin_object()
      .field("event", "error")
      .field("code", exit_code)
      .field("kind", exit_code >= 1 && exit_code <= 5 ? kKinds[exit_code] : "interrupted")
      .field("message", message);
  return json.end_object().str();
}

std::string figures_text(const Evaluation& figures, bool pairs) {
  const Confusion& counts = figures.counts;
  std::string text = fmt::format("loss {:.6f}  accuracy {:.3f} %", figures.loss, 100 * accuracy(counts));
  return pairs || counts.labels() > 2 ? text + fmt::format("  f1 {:.3f} %", 100 * f1(counts)) : text;
}

double tokens_per_second(const std::vector<Json>& events) {
  double tokens = 0, seconds = 0;
  for (const Json& event : events) {
    if (event.get_string("event", "") != "step") continue;
    tokens += event.get_number("tokens", 0);
    seconds += event.get_number("seconds", 0);
  }
  return seconds > 0 ? tokens / seconds : 0;
}

}  // namespace hone
