#include "apps/run/runs.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include <hone/core/error.h>
#include "apps/report/spread.h"
#include "apps/run/run_entries.h"
#include "apps/run/run_folder.h"
#include "core/build_config.h"
#include "core/printable.h"
#include "data/files/files.h"
#include "train/checkpoint.h"

namespace hone {
namespace {

namespace fs = std::filesystem;

// The splits, and the figures of their last evaluations, that are reported; the published experiment's tables
// hold accuracies.
constexpr const char* kSplits[] = {"validation", "test"};
constexpr const char* kFigures[] = {"accuracy", "f1", "loss", "f1_macro"};

// The figure's name with what it is of: "f1 of positive", "f1 macro".
std::string title_of(const std::string& figure, const Json& result) {
  if (figure == "f1_macro") return "f1 macro";
  if (figure != "f1") return figure;
  const Json* positive = result.find("positive_label");
  if (positive == nullptr || !positive->is_string()) return "f1 macro";
  return "f1 of " + printable(positive->as_string("positive_label"));
}

// Gathers the values of each figure over all runs.
std::vector<SpreadFigure> gather(const std::vector<Json>& results) {
  std::vector<SpreadFigure> figures;
  for (const char* split : kSplits) {
    if (results.front().find(split) == nullptr) continue;
    for (const std::string name : kFigures) {
      const std::string shown = title_of(name, results.front().at(split));
      if (name == "f1_macro" && shown == title_of("f1", results.front().at(split))) continue;
      SpreadFigure figure{fmt::format("{} {}", split, shown), name != "loss", {}};
      for (const Json& result : results) figure.values.push_back(result.at(split).get_number(name, 0));
      figures.push_back(std::move(figure));
    }
  }
  return figures;
}

std::string value_text(const SpreadFigure& figure, double value) {
  return figure.percent ? fmt::format("{:.3f} %", 100 * value) : fmt::format("{:.6f}", value);
}

// A table for the console: a line for each figure, with its mean, standard deviation and range; then every
// value.
std::string table(const std::vector<SpreadFigure>& figures, const std::vector<std::string>& runs) {
  size_t width = 20;
  for (const SpreadFigure& figure : figures) width = std::max(width, figure.name.size() + 1);
  std::string text = fmt::format("{:<{}}{:>12}{:>12}{:>12}{:>12}\n", fmt::format("{} runs", runs.size()),
                                 width, "mean", "std dev", "min", "max");
  for (const SpreadFigure& figure : figures) {
    const Spread spread = spread_of(figure.values);
    text += fmt::format("{:<{}}{:>12}{:>12}{:>12}{:>12}\n", figure.name, width,
                        value_text(figure, spread.mean), value_text(figure, spread.deviation),
                        value_text(figure, spread.least), value_text(figure, spread.most));
  }
  for (size_t i = 0; i < runs.size(); ++i) {
    std::string line = fmt::format("{:<12}", runs[i]);
    for (const SpreadFigure& figure : figures) {
      if (figure.name.ends_with("accuracy")) {
        line += fmt::format("  {} {}", figure.name, value_text(figure, figure.values[i]));
      }
    }
    text += line + "\n";
  }
  return text;
}

std::string runs_json(const std::vector<SpreadFigure>& figures, const std::vector<std::string>& runs,
                      JsonWriter::Style style) {
  JsonWriter json(style);
  json.begin_object().field("event", "result").key("runs").begin_array();
  for (const std::string& run : runs) json.value(run);
  json.end_array().key("figures").begin_array();
  for (const SpreadFigure& figure : figures) {
    const Spread spread = spread_of(figure.values);
    json.begin_object().field("name", figure.name).field("mean", spread.mean);
    json.field("standard_deviation", spread.deviation).field("minimum", spread.least);
    json.field("maximum", spread.most).key("values").begin_array();
    for (const double value : figure.values) json.value(value);
    json.end_array().end_object();
  }
  return json.end_array().end_object().str();
}

void write_results(const FineTuneSpec& spec, const Settings& settings, const fs::path& folder,
                   const std::vector<std::string>& runs) {
  std::vector<Json> results;
  results.reserve(runs.size());
  for (const std::string& run : runs) {
    results.push_back(RunFolder(folder / run, spec.program, true).events("result").back());
  }
  const auto figures = gather(results);
  write_file_atomically(folder / "runs.json", runs_json(figures, runs, JsonWriter::Style::indented) + "\n");
  const SpreadReport report{fmt::format("{}: {} runs", spec.program, runs.size()),
                            fmt::format("hone {}", kVersion), runs, figures, setting_rows(settings)};
  write_file_atomically(folder / "report.html", spread_page(report));
  Console console(console_settings(settings));
  console.event(runs_json(figures, runs, JsonWriter::Style::one_line));
  console.result(table(figures, runs) + "all in      " + printable(folder.string()));
  if (settings.log == LogFormat::json && !console.unwritten().empty()) throw Error(console.unwritten());
}

}  // namespace

Spread spread_of(const std::vector<double>& values) {
  const auto n = static_cast<double>(values.size());
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / n;
  double squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  const auto [least, most] = std::ranges::minmax(values);
  return {mean, values.size() < 2 ? 0 : std::sqrt(squares / (n - 1)), least, most};
}

void run_seeds(const FineTuneSpec& spec, const Settings& settings,
               const std::function<void(const Settings&)>& run_one) {
  const fs::path folder = run_path(settings.output, spec.program, settings.resume);
  if (present(folder / "metrics.jsonl")) {
    throw UsageError(fmt::format("--resume: {} holds one run; drop --runs", folder.string()));
  }
  if (settings.resume) {
    require_runs(folder);
    Checkpoints(folder).remove_leftovers();
  }
  std::error_code ignored;  // a folder that cannot be read is reported by the run in it
  std::vector<std::string> runs;
  for (int64_t i = 0; i < settings.runs; ++i) {
    Settings one = settings;
    one.runs = 1;
    one.seed = settings.seed + i;
    runs.push_back(fmt::format("seed-{}", one.seed));
    one.output = folder / runs.back();
    one.resume = settings.resume && present(*one.output) && !fs::is_empty(*one.output, ignored);
    run_one(one);
  }
  write_results(spec, settings, folder, runs);
}

}  // namespace hone
