#include "apps/common/events.h"

#include <fmt/format.h>

namespace hone {

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
  json.field("mcc", matthews(counts)).key("confusion").begin_object();
  json.field("true_negatives", counts.true_negatives).field("false_positives", counts.false_positives);
  json.field("false_negatives", counts.false_negatives).field("true_positives", counts.true_positives);
  json.end_object().field("seconds", figures.seconds);
}

std::string eval_event(const EvaluatedSplit& evaluated) {
  JsonWriter json;
  json.begin_object().field("event", "eval").field("split", evaluated.split);
  json.field("epoch", evaluated.epoch).field("step", evaluated.step);
  write_figures(json, evaluated.figures);
  return json.end_object().str();
}

EvaluatedSplit parse_eval_event(const Json& event) {
  const Json& confusion = event.at("confusion");
  const auto count = [&](const char* name) { return confusion.at(name).as_int(confusion.where(name)); };
  const auto number = [&](const char* name) { return event.at(name).as_number(event.where(name)); };
  EvaluatedSplit out{event.get_string("split", ""), event.get_int("epoch", 0), event.get_int("step", 0), {}};
  out.figures.loss = number("loss");
  out.figures.seconds = number("seconds");
  out.figures.counts = {count("true_negatives"), count("false_positives"), count("false_negatives"),
                        count("true_positives")};
  return out;
}

std::string error_event(int code, const std::string& kind, const std::string& message) {
  JsonWriter json;
  json.begin_object()
      .field("event", "error")
      .field("code", code)
      .field("kind", kind)
      .field("message", message);
  return json.end_object().str();
}

std::string figures_text(const Evaluation& figures, bool with_f1) {
  const Confusion& counts = figures.counts;
  std::string text = fmt::format("loss {:.6f}  accuracy {:.3f} %", figures.loss, 100 * accuracy(counts));
  return with_f1 ? text + fmt::format("  f1 {:.3f} %", 100 * f1(counts)) : text;
}

}  // namespace hone
