#include "apps/report/report.h"

#include <fmt/core.h>

#include <algorithm>
#include <optional>

#include "apps/report/chart.h"
#include "apps/report/page.h"
#include "apps/report/scores.h"
#include "apps/run/figures.h"

namespace hone {
namespace {

constexpr size_t kChartPoints = 300, kSmoothPoints = 40, kMistakes = 10;

std::string percent(double value) { return fmt::format("{:.3f} %", 100 * value); }

bool is_event(const Json& event, const char* name) { return event.get_string("event", "") == name; }

// A number of an event; none where it was written as null because it was not finite.
std::optional<double> number(const Json& event, const char* key) {
  const Json* value = event.find(key);
  if (value == nullptr || !value->is_number()) return std::nullopt;
  return value->as_number(key);
}

// The points of a chart: field `y` of each event called `name`, over its step. With `of_split`, only
// evaluations of that split.
std::vector<ChartPoint> series(const std::vector<Json>& events, const char* name, const char* y,
                               const std::string& of_split = "") {
  std::vector<ChartPoint> points;
  for (const Json& event : events) {
    if (!is_event(event, name) || (!of_split.empty() && event.get_string("split", "") != of_split)) continue;
    const auto step = number(event, "step"), value = number(event, y);
    if (step && value) points.push_back({*step, *value});
  }
  return points;
}

std::vector<ChartPoint> tokens_per_second(const std::vector<Json>& events) {
  std::vector<ChartPoint> points;
  for (const Json& event : events) {
    const auto tokens = number(event, "tokens"), seconds = number(event, "seconds");
    if (!is_event(event, "step") || !tokens || !seconds || *seconds <= 0) continue;
    points.push_back({number(event, "step").value_or(0), *tokens / *seconds});
  }
  return points;
}

Chart training_chart(const std::string& title, const std::vector<ChartPoint>& points) {
  return {title,
          "step",
          {{"", "raw", averaged(points, kChartPoints)}, {"", "one", averaged(points, kSmoothPoints)}}};
}

std::string curves(const std::vector<Json>& events) {
  const auto losses = series(events, "step", "loss");
  Chart loss{"Loss",
             "step",
             {{"each step", "raw", averaged(losses, kChartPoints)},
              {"smoothed", "one", averaged(losses, kSmoothPoints)},
              {"validation", "two", series(events, "eval", "loss", "validation"), true}}};
  Chart accuracy{"Accuracy",
                 "step",
                 {{"validation", "one", series(events, "eval", "accuracy", "validation"), true},
                  {"test", "two", series(events, "eval", "accuracy", "test"), true}}};
  accuracy.percent = true;
  std::erase_if(accuracy.series, [](const ChartSeries& s) { return s.points.empty(); });
  Chart rate{"Learning rate",
             "step",
             {{"", "one", averaged(series(events, "step", "learning_rate"), kChartPoints)}}};
  rate.y_low = 0;
  Chart speed = training_chart("Tokens per second", tokens_per_second(events));
  speed.y_low = 0;
  Chart norm = training_chart("Gradient norm", series(events, "step", "grad_norm"));
  norm.y_low = 0;
  std::string figures;
  for (const Chart& chart : {loss, accuracy, rate, norm, speed}) figures += chart_svg(chart);
  return "<div class=\"charts\">\n" + figures + "</div>\n";
}

// F1 of each of two labels, or of the chosen one, and the macro average: the heads of columns, and an event's
// cells below them.
struct F1Columns {
  std::vector<std::string> heads, cells;
};

F1Columns f1_columns(const Json& event) {
  F1Columns out;
  const auto add = [&](const std::string& of, const Json& values, const char* key) {
    out.heads.push_back("F1 " + html_text(of));
    out.cells.push_back(percent(number(values, key).value_or(0)));
  };
  const Json *positive = event.find("positive_label"), *labels = event.find("labels");
  const std::string first = positive != nullptr && positive->is_string() ? positive->as_string("") : "";
  const bool two = labels != nullptr && labels->as_array("labels").size() == 2;
  if (!first.empty()) add("of " + first, event, "f1");
  for (size_t i = 0; two && i < 2; ++i) {
    const Json& one = labels->as_array("labels")[i];
    if (one.get_string("label", "") != first) add("of " + one.get_string("label", ""), one, "f1");
  }
  add("macro", event, event.find("f1_macro") != nullptr ? "f1_macro" : "f1");
  return out;
}

std::string evaluations(const std::vector<Json>& events) {
  std::vector<std::string> head;
  std::vector<std::vector<std::string>> rows;
  for (const Json& event : events) {
    if (!is_event(event, "eval")) continue;
    const auto figure = [&](const char* key) { return number(event, key); };
    const F1Columns f1 = f1_columns(event);
    head = f1.heads;
    rows.push_back({html_text(event.get_string("split", "")), fmt::format("{}", event.get_int("epoch", 0)),
                    fmt::format("{}", event.get_int("step", 0)),
                    fmt::format("{:.6f}", figure("loss").value_or(0)),
                    percent(figure("accuracy").value_or(0))});
    rows.back().insert(rows.back().end(), f1.cells.begin(), f1.cells.end());
    rows.back().push_back(fmt::format("{:.4f}", figure("mcc").value_or(0)));
  }
  if (rows.empty()) return "";
  head.insert(head.begin(), {"split", "epoch", "step", "loss", "accuracy"});
  head.emplace_back("MCC");
  return html_table(head, rows);
}

std::string tile(const std::string& value, const std::string& name) {
  return fmt::format("<div class=\"tile\"><b>{}</b><span>{}</span></div>\n", html_text(value),
                     html_text(name));
}

// The figures that a reader looks for first: each split's accuracy before and after training, and the run's
// facts.
std::string headline(const RunReport& report) {
  std::string tiles;
  for (const char* split : {"validation", "test"}) {
    const auto points = series(report.events, "eval", "accuracy", split);
    if (points.empty()) continue;
    const bool moved = points.size() > 1;
    tiles += tile(percent(points.back().y),
                  fmt::format("{} accuracy{}", split, moved ? ", from " + percent(points.front().y) : ""));
  }
  for (const auto& [name, value] : report.facts) tiles += tile(value, name);
  return "<div class=\"tiles\">\n" + tiles + "</div>\n";
}

// A count with its share of a label's rows, and a colour that shows the share.
std::string count_cell(int64_t count, int64_t total, bool right) {
  const double share = total == 0 ? 0 : static_cast<double>(count) / static_cast<double>(total);
  return fmt::format(
      "<span style=\"background:rgba(var(--{}),{:.2f});padding:.1rem .5rem;border-radius:.3rem\">"
      "{}</span> <small class=\"soft\">{:.1f} %</small>",
      right ? "good" : "bad", 0.5 * share, count, 100 * share);
}

std::string confusion_table(const Confusion& counts, const std::vector<std::string>& names) {
  std::vector<std::string> head{"true \\ predicted"};
  std::vector<std::vector<std::string>> rows;
  for (int label = 0; label < counts.labels(); ++label) {
    head.push_back(html_text(names[static_cast<size_t>(label)]));
    std::vector<std::string> row{head.back()};
    for (int predicted = 0; predicted < counts.labels(); ++predicted)
      row.push_back(count_cell(counts.at(label, predicted), counts.rows_of(label), label == predicted));
    rows.push_back(std::move(row));
  }
  return html_table(head, rows);
}

std::string worst_confusions(const Confusion& counts, const std::vector<std::string>& names) {
  constexpr size_t kShown = 20;
  std::vector<std::vector<std::string>> rows;
  for (const auto& [label, predicted, count] : counts.worst(kShown)) {
    rows.push_back({html_text(names[static_cast<size_t>(label)]),
                    html_text(names[static_cast<size_t>(predicted)]),
                    count_cell(count, counts.rows_of(label), false)});
  }
  return html_table({"true", "predicted", "rows"}, rows);
}

std::string label_table(const Confusion& counts, const std::vector<std::string>& names) {
  std::vector<std::vector<std::string>> rows;
  rows.reserve(names.size() + 1);
  for (int label = 0; label < counts.labels(); ++label) {
    rows.push_back({html_text(names[static_cast<size_t>(label)]), percent(f1(counts, label)),
                    percent(precision(counts, label)), percent(recall(counts, label)),
                    fmt::format("{}", counts.rows_of(label)),
                    fmt::format("{}", counts.predictions_of(label))});
  }
  rows.push_back({"macro average", percent(macro_f1(counts)), percent(macro_precision(counts)),
                  percent(macro_recall(counts)), fmt::format("{}", counts.rows()),
                  fmt::format("{}", counts.rows())});
  return html_table({"label", "F1", "precision", "recall", "rows", "predicted"}, rows);
}

// The confusion matrix and each label's figures; of more labels than a page can show the worst confusions.
std::string confusions(const ScoredSplit& split, const std::vector<std::string>& names) {
  const Confusion counts = confusion_of(split.predictions, names.size());
  if (names.size() > kMostLabelsShown)
    return fmt::format("<h3>The most frequent confusions of {} labels</h3>\n", names.size()) +
           worst_confusions(counts, names);
  return "<h3>Confusion matrix</h3>\n" + confusion_table(counts, names) + "<h3>Each label</h3>\n" +
         label_table(counts, names);
}

std::string calibration_chart(const ScoredSplit& split, size_t labels) {
  const auto calibration = calibrate(split.predictions, labels);
  ChartSeries measured{"", "one", {}, true};
  for (const CalibrationBin& bin : calibration.bins) {
    if (bin.rows > 0) measured.points.push_back({bin.confidence, bin.accuracy});
  }
  Chart chart{"How often it is right when it is so sure", "probability of the predicted label", {measured}};
  chart.percent = chart.diagonal = true;
  chart.y_low = 0;
  chart.y_high = chart.x_high = 1;
  chart.series.push_back({"", "none", {{1.0 / static_cast<double>(labels), 0}}});
  return chart_svg(chart) + fmt::format(
                                "<p class=\"soft\">On the dashed line a model is as often right as it says. "
                                "Mean distance from it (expected calibration error): {:.2f} %.</p>\n",
                                100 * calibration.error);
}

std::string mistakes(const ScoredSplit& split, const std::vector<std::string>& names) {
  std::string items;
  for (const size_t i : worst_mistakes(split.predictions, kMistakes)) {
    const LabelPrediction& row = split.predictions[i];
    items += fmt::format("<li>{}<small>is {}, predicted {} with {:.1f} %</small></li>\n",
                         html_text(split.texts.at(i)), html_text(names[static_cast<size_t>(row.label)]),
                         html_text(names[static_cast<size_t>(row.predicted)]), 100 * row.probability);
  }
  return items.empty() ? "<p>None: every row was predicted right.</p>\n"
                       : "<ol class=\"texts\">\n" + items + "</ol>\n";
}

std::string scored_section(const ScoredSplit& split, const std::vector<std::string>& names) {
  if (split.predictions.empty()) return "";
  return html_section(
      fmt::format("The {} split, {} rows, by the final weights", split.name, split.predictions.size()),
      "<div class=\"columns\"><div>" + confusions(split, names) +
          "</div><div style=\"flex:1 1 20rem;max-width:30rem\"><h3>Calibration</h3>\n" +
          calibration_chart(split, names.size()) + "</div></div>\n<h3>Most confident mistakes</h3>\n" +
          mistakes(split, names));
}

}  // namespace

std::string report_page(const RunReport& report) {
  std::string body = headline(report) + html_section("Course of the training", curves(report.events));
  body += html_section("Evaluations", evaluations(report.events));
  for (const ScoredSplit& split : report.splits) body += scored_section(split, report.label_names);
  body += html_section("Settings", html_list(report.settings));
  return html_page(report.title, report.subtitle, body);
}

}  // namespace hone
