#include "apps/run/figures_json.h"

#include <hone/core/error.h>

namespace hone {
namespace {

// The name of one of the four counts of two labels, with its true and predicted label: 1 is the positive one.
struct NamedCount {
  const char* name;
  size_t label, predicted;
};
constexpr NamedCount kFour[] = {
    {"true_negatives", 0, 0}, {"false_positives", 0, 1}, {"false_negatives", 1, 0}, {"true_positives", 1, 1}};

// The place of one of the four counts' labels in the matrix, where the positive label may be the first.
size_t place(const Figures& figures, size_t label) {
  const bool first = figures.labels.size() == 2 && figures.labels[0].label == figures.positive;
  return first ? 1 - label : label;
}

// Writes a confusion matrix: for two labels an object of four counts, for up to 50 an array of rows, one for
// each true label, for more null.
void write_confusion(JsonWriter& json, const Figures& figures) {
  json.key("confusion");
  if (figures.counts.empty()) {
    json.value(nullptr);
  } else if (figures.counts.size() == 2) {
    json.begin_object();
    for (const auto& [name, label, predicted] : kFour)
      json.field(name, figures.counts[place(figures, label)][place(figures, predicted)]);
    json.end_object();
  } else {
    json.begin_array();
    for (const auto& row : figures.counts) {
      json.begin_array();
      for (const int64_t count : row) json.value(count);
      json.end_array();
    }
    json.end_array();
  }
}

void write_worst(JsonWriter& json, const Figures& figures) {
  json.key("worst_confusions").begin_array();
  for (const ConfusedLabels& one : figures.worst) {
    json.begin_object().field("label", one.label).field("predicted", one.predicted).field("rows", one.rows);
    json.end_object();
  }
  json.end_array();
}

void write_labels(JsonWriter& json, const Figures& figures) {
  json.key("labels").begin_array();
  for (const LabelFigures& one : figures.labels) {
    json.begin_object().field("label", one.label).field("f1", one.rates.f1);
    json.field("precision", one.rates.precision).field("recall", one.rates.recall);
    json.field("rows", one.rows).field("predictions", one.predictions).end_object();
  }
  json.end_array();
}

// A count of rows, which is not negative.
int64_t parse_count(const Json& json, const std::string& where) {
  const int64_t count = json.as_int(where);
  if (count < 0) throw ModelError(where + ": expected a count, found " + std::to_string(count));
  return count;
}

void parse_confusion(const Json& json, Figures& out) {
  if (json.is_null()) return;
  if (json.is_object()) {
    out.counts.assign(2, std::vector<int64_t>(2));
    for (const auto& [name, label, predicted] : kFour)
      out.counts[place(out, label)][place(out, predicted)] = parse_count(json.at(name), json.where(name));
    return;
  }
  const auto& rows = json.as_array("confusion");
  for (const Json& row : rows) {
    out.counts.emplace_back();
    for (const Json& count : row.as_array("confusion"))
      out.counts.back().push_back(parse_count(count, "confusion"));
    if (out.counts.back().size() != rows.size()) throw ModelError("confusion: expected a square of counts");
  }
}

Rates parse_rates(const Json& json, const std::string& end = "") {
  const auto rate = [&](const std::string& name) { return json.get_number(name + end, 0); };
  return {rate("f1"), rate("precision"), rate("recall")};
}

}  // namespace

void write_figures(JsonWriter& json, const Figures& figures) {
  json.field("rows", figures.rows).field("loss", figures.loss).field("accuracy", figures.accuracy);
  json.field("f1", figures.rates.f1).field("precision", figures.rates.precision);
  json.field("recall", figures.rates.recall).field("mcc", figures.mcc);
  json.field("average", figures.positive ? "binary" : "macro").key("positive_label");
  figures.positive ? json.value(*figures.positive) : json.value(nullptr);
  json.field("f1_macro", figures.macro.f1).field("precision_macro", figures.macro.precision);
  json.field("recall_macro", figures.macro.recall).field("label_count", figures.label_count);
  write_confusion(json, figures);
  figures.counts.empty() ? write_worst(json, figures) : write_labels(json, figures);
  json.field("seconds", figures.seconds);
}

Figures parse_figures(const Json& json) {
  const auto number = [&](const char* name) { return json.at(name).as_number(json.where(name)); };
  Figures out;
  out.rows = json.get_int("rows", 0);
  out.loss = number("loss");
  out.accuracy = number("accuracy");
  out.mcc = number("mcc");
  out.seconds = number("seconds");
  out.rates = parse_rates(json);
  out.macro = json.find("f1_macro") == nullptr ? out.rates : parse_rates(json, "_macro");
  if (const Json* positive = json.find("positive_label"); positive != nullptr && positive->is_string())
    out.positive = positive->as_string("positive_label");
  if (const Json* labels = json.find("labels"); labels != nullptr) {
    for (const Json& one : labels->as_array("labels")) {
      out.labels.push_back({one.get_string("label", ""), parse_rates(one), one.get_int("rows", 0),
                            one.get_int("predictions", 0)});
    }
  }
  parse_confusion(json.at("confusion"), out);
  out.label_count = static_cast<size_t>(json.get_int("label_count", static_cast<int64_t>(out.counts.size())));
  if (const Json* worst = json.find("worst_confusions"); worst != nullptr) {
    for (const Json& one : worst->as_array("worst_confusions")) {
      out.worst.push_back(
          {one.get_string("label", ""), one.get_string("predicted", ""), one.get_int("rows", 0)});
    }
  }
  return out;
}

}  // namespace hone
