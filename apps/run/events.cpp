#include "apps/run/events.h"

#include "apps/run/figures_json.h"

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

std::string eval_event(const EvaluatedSplit& evaluated) {
  JsonWriter json;
  json.begin_object().field("event", "eval").field("split", evaluated.split);
  json.field("epoch", evaluated.epoch).field("step", evaluated.step);
  write_figures(json, evaluated.figures);
  return json.end_object().str();
}

EvaluatedSplit parse_eval_event(const Json& event) {
  return {event.get_string("split", ""), event.get_int("epoch", 0), event.get_int("step", 0),
          parse_figures(event)};
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
