#include "apps/report/spread.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "apps/report/chart.h"
#include "apps/report/page.h"

namespace hone {
namespace {

double mean(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

// The standard deviation of a sample, divided by n - 1; 0 for a single value.
double standard_deviation(const std::vector<double>& values) {
  double squares = 0;
  for (const double value : values) squares += (value - mean(values)) * (value - mean(values));
  return values.size() < 2 ? 0 : std::sqrt(squares / static_cast<double>(values.size() - 1));
}

std::string text_of(const SpreadFigure& figure, double value) {
  return figure.percent ? fmt::format("{:.3f} %", 100 * value) : fmt::format("{:.6f}", value);
}

// A chart of one figure: a dot for each run, in the order of the seeds, and a line at the mean.
std::string scatter(const SpreadFigure& figure, double mean) {
  ChartSeries dots{"run", "points", {}, true}, average{"mean", "two", {}};
  for (size_t i = 0; i < figure.values.size(); ++i) {
    dots.points.push_back({static_cast<double>(i + 1), figure.values[i]});
    average.points.push_back({static_cast<double>(i + 1), mean});
  }
  Chart chart{figure.name, "run", {average, dots}};
  chart.percent = figure.percent;
  return chart_svg(chart);
}

std::vector<std::string> named_row(const std::string& name, const std::vector<SpreadFigure>& figures,
                                   double (*value)(const std::vector<double>&)) {
  std::vector<std::string> row{"<b>" + name + "</b>"};
  for (const SpreadFigure& figure : figures)
    row.push_back("<b>" + text_of(figure, value(figure.values)) + "</b>");
  return row;
}

std::string table(const SpreadReport& report) {
  std::vector<std::string> head{"run"};
  for (const SpreadFigure& figure : report.figures) head.push_back(html_text(figure.name));
  std::vector<std::vector<std::string>> rows;
  for (size_t i = 0; i < report.runs.size(); ++i) {
    const std::string name = html_text(report.runs[i]);
    rows.push_back({fmt::format("<a href=\"{}/report.html\">{}</a>", name, name)});
    for (const SpreadFigure& figure : report.figures)
      rows.back().push_back(text_of(figure, figure.values.at(i)));
  }
  rows.push_back(named_row("mean", report.figures, mean));
  rows.push_back(named_row("standard deviation", report.figures, standard_deviation));
  rows.push_back(
      named_row("minimum", report.figures, [](const auto& v) { return *std::ranges::min_element(v); }));
  rows.push_back(
      named_row("maximum", report.figures, [](const auto& v) { return *std::ranges::max_element(v); }));
  return html_table(head, rows);
}

}  // namespace

std::string spread_page(const SpreadReport& report) {
  std::string charts;
  for (const SpreadFigure& figure : report.figures) charts += scatter(figure, mean(figure.values));
  std::string body = html_section("Every run", table(report));
  body += html_section("How they scatter", "<div class=\"charts\">\n" + charts + "</div>\n");
  body += html_section("Settings", html_list(report.settings));
  return html_page(report.title, report.subtitle, body);
}

}  // namespace hone
