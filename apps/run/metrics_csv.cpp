#include "apps/run/metrics_csv.h"

#include "data/json/json_writer.h"

namespace hone {
namespace {

constexpr const char* kColumns[] = {
    "event",         "split",     "epoch",   "step",           "loss",     "accuracy",        "f1",
    "learning_rate", "grad_norm", "tokens",  "sequences",      "rows",     "seconds",         "precision",
    "recall",        "mcc",       "average", "positive_label", "f1_macro", "precision_macro", "recall_macro"};

std::string quoted(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string out = "\"";
  for (const char c : text) out += c == '"' ? "\"\"" : std::string(1, c);
  return out + "\"";
}

// An event's field as it stands in metrics.jsonl; empty where the event lacks it.
std::string field(const Json& event, const char* name) {
  const Json* value = event.find(name);
  if (value == nullptr || value->is_null()) return "";
  if (value->is_string()) return quoted(value->as_string(name));
  if (value->is_integer()) return std::to_string(value->as_int(name));
  return JsonWriter().value(value->as_number(name)).str();
}

}  // namespace

std::string metrics_csv(const std::vector<Json>& events) {
  std::string text;
  for (const char* name : kColumns) text += (text.empty() ? "" : ",") + std::string(name);
  text += "\n";
  for (const Json& event : events) {
    const std::string kind = event.get_string("event", "");
    if (kind != "step" && kind != "eval") continue;
    std::string line;
    for (const char* name : kColumns) line += (line.empty() ? "" : ",") + field(event, name);
    text += line + "\n";
  }
  return text;
}

}  // namespace hone
