#include "apps/run/figures.h"

#include <fmt/format.h>

#include <algorithm>

#include <hone/core/error.h>
#include "core/printable.h"
#include "core/quote.h"
#include "data/sets/label_index.h"
#include "data/sets/record_file.h"

namespace hone {
namespace {

constexpr size_t kWorst = 20;

Rates rates_of(const Confusion& counts, int label) {
  return {f1(counts, label), precision(counts, label), recall(counts, label)};
}

Rates macro_of(const Confusion& counts) {
  return {macro_f1(counts), macro_precision(counts), macro_recall(counts)};
}

int find_label(const std::string& text, const std::vector<std::string>& names, const char* option) {
  if (const auto found = LabelIndex(names).find(text)) return found->id;
  throw UsageError(fmt::format("--{}: the classifier has no label {}; its labels are {}", option, shown(text),
                               some_of(names)));
}

std::vector<std::vector<int64_t>> matrix_of(const Confusion& counts) {
  std::vector<std::vector<int64_t>> rows(static_cast<size_t>(counts.labels()));
  for (int label = 0; label < counts.labels(); ++label) {
    for (int predicted = 0; predicted < counts.labels(); ++predicted)
      rows[static_cast<size_t>(label)].push_back(counts.at(label, predicted));
  }
  return rows;
}

std::string percent(double value) { return fmt::format("{:.3f} %", 100 * value); }

// "f1        of ok 99.497 %", and so on for precision and recall.
std::string rate_lines(const Rates& rates, const std::string& of) {
  return fmt::format("f1 {} {}\nprecision {} {}\nrecall {} {}\n", of, percent(rates.f1), of,
                     percent(rates.precision), of, percent(rates.recall));
}

std::string label_lines(const Figures& figures) {
  std::string text;
  for (const LabelFigures& one : figures.labels) {
    text += fmt::format("label {}: f1 {}, precision {}, recall {}, {} rows, {} predicted\n",
                        printable(one.label), percent(one.rates.f1), percent(one.rates.precision),
                        percent(one.rates.recall), one.rows, one.predictions);
  }
  return text;
}

// The four counts of two labels, of which `positive` is one.
std::string four_counts(const Figures& figures, size_t positive) {
  const auto& n = figures.counts;
  const size_t negative = 1 - positive;
  return fmt::format("confusion  true_negatives {} false_positives {} false_negatives {} true_positives {}\n",
                     n[negative][negative], n[negative][positive], n[positive][negative],
                     n[positive][positive]);
}

std::string confusion_lines(const Figures& figures) {
  std::string text;
  for (const ConfusedLabels& one : figures.worst) {
    text += fmt::format("confused   {} taken for {}: {} rows\n", printable(one.label),
                        printable(one.predicted), one.rows);
  }
  for (size_t label = 0; label < figures.labels.size(); ++label) {
    text += fmt::format("confusion  {}:", printable(figures.labels[label].label));
    for (size_t predicted = 0; predicted < figures.labels.size(); ++predicted) {
      text +=
          fmt::format(" {} {}", printable(figures.labels[predicted].label), figures.counts[label][predicted]);
    }
    text += '\n';
  }
  return text;
}

double rate_of(const Rates& rates, BestMetric::Kind kind) {
  if (kind == BestMetric::Kind::f1) return rates.f1;
  return kind == BestMetric::Kind::precision ? rates.precision : rates.recall;
}

bool is_of_labels(const BestMetric& metric) {
  return metric.kind != BestMetric::Kind::accuracy && metric.kind != BestMetric::Kind::loss &&
         metric.kind != BestMetric::Kind::mcc;
}

// The label that a metric is of; none: the macro average.
std::optional<int> label_of(const BestMetric& metric, const LabelChoice& labels) {
  if (metric.macro) return std::nullopt;
  return metric.label.empty() ? labels.positive
                              : std::optional(find_label(metric.label, labels.names, "best-metric"));
}

}  // namespace

std::optional<int> positive_label(const std::optional<std::string>& chosen,
                                  const std::vector<std::string>& names, int usual) {
  if (chosen) return find_label(*chosen, names, "positive-label");
  return names.size() == 2 ? std::optional(usual) : std::nullopt;
}

Figures figures_of(const Evaluation& evaluation, const LabelChoice& labels) {
  const Confusion& counts = evaluation.counts;
  Figures out{.rows = counts.rows(),
              .loss = evaluation.loss,
              .accuracy = accuracy(counts),
              .mcc = matthews(counts),
              .seconds = evaluation.seconds,
              .positive = std::nullopt,
              .rates = macro_of(counts),
              .macro = macro_of(counts),
              .label_count = labels.names.size(),
              .labels = {},
              .counts = {},
              .worst = {}};
  const auto name = [&](int label) { return labels.names[static_cast<size_t>(label)]; };
  if (labels.positive) {
    out.positive = name(*labels.positive);
    out.rates = rates_of(counts, *labels.positive);
  }
  if (labels.names.size() > kMostLabelsShown) {
    for (const auto& [label, predicted, rows] : counts.worst(kWorst))
      out.worst.push_back({name(label), name(predicted), rows});
    return out;
  }
  out.counts = matrix_of(counts);
  for (int label = 0; label < counts.labels(); ++label) {
    out.labels.push_back(
        {name(label), rates_of(counts, label), counts.rows_of(label), counts.predictions_of(label)});
  }
  return out;
}

std::string average_text(const Figures& figures) {
  return figures.positive ? "of " + printable(*figures.positive) : "macro";
}

std::string figures_text(const Figures& figures, bool with_f1) {
  std::string text = fmt::format("loss {:.6f}  accuracy {}", figures.loss, percent(figures.accuracy));
  if (!with_f1) return text;
  if (figures.positive)
    text += fmt::format("  f1 of {} {}", printable(*figures.positive), percent(figures.rates.f1));
  for (const LabelFigures& one : figures.labels) {
    if (figures.label_count == 2 && one.label != figures.positive)
      text += fmt::format("  f1 of {} {}", printable(one.label), percent(one.rates.f1));
  }
  return text + fmt::format("  f1 macro {}", percent(figures.macro.f1));
}

std::string figures_lines(const Figures& figures) {
  std::string text = fmt::format("rows       {}\nloss       {:.6f}\naccuracy   {}\n", figures.rows,
                                 figures.loss, percent(figures.accuracy));
  if (figures.positive) text += rate_lines(figures.rates, average_text(figures));
  text += rate_lines(figures.macro, "macro");
  text += fmt::format("mcc        {:.6f}\n", figures.mcc) + label_lines(figures);
  if (figures.labels.size() != 2) return text + confusion_lines(figures);
  return text + four_counts(figures, figures.labels[1].label == figures.positive ? 1 : 0);
}

double value_of(const BestMetric& metric, const Evaluation& evaluation, const LabelChoice& labels) {
  const Confusion& counts = evaluation.counts;
  if (metric.kind == BestMetric::Kind::loss) return -evaluation.loss;
  if (metric.kind == BestMetric::Kind::accuracy) return accuracy(counts);
  if (metric.kind == BestMetric::Kind::mcc) return matthews(counts);
  const auto label = label_of(metric, labels);
  return rate_of(label ? rates_of(counts, *label) : macro_of(counts), metric.kind);
}

void check_metric(const BestMetric& metric, const LabelChoice& labels) {
  if (!metric.label.empty()) find_label(metric.label, labels.names, "best-metric");
}

std::string description_of(const BestMetric& metric, const LabelChoice& labels) {
  std::string word = text_of({metric.kind});
  if (!is_of_labels(metric)) return word;
  const auto label = label_of(metric, labels);
  return label ? word + " of " + printable(labels.names[static_cast<size_t>(*label)]) : "macro " + word;
}

}  // namespace hone
