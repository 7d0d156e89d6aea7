#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <hone/train/evaluation.h>
#include "apps/cli/best_metric.h"

namespace hone {

// Up to so many labels are shown one by one, with the whole confusion matrix; of more the worst confusions.
inline constexpr size_t kMostLabelsShown = 50;

// The labels of a classifier, and the one whose F1, precision and recall are reported first
// (--positive-label); none: their macro averages are.
struct LabelChoice {
  std::vector<std::string> names;
  std::optional<int> positive = {};
};
// The label that `chosen` names (LabelIndex), else `usual` where there are two labels, else none. UsageError
// for a name that is none of them.
std::optional<int> positive_label(const std::optional<std::string>& chosen,
                                  const std::vector<std::string>& names, int usual);

// F1, precision and recall, in [0, 1].
struct Rates {
  double f1 = 0, precision = 0, recall = 0;
};

struct LabelFigures {
  std::string label;
  Rates rates;
  int64_t rows = 0, predictions = 0;
};

struct ConfusedLabels {
  std::string label, predicted;
  int64_t rows = 0;
};

// The figures of an evaluation as they are reported.
struct Figures {
  int64_t rows = 0;
  double loss = 0, accuracy = 0, mcc = 0, seconds = 0;
  std::optional<std::string> positive;  // the label that `rates` are of; none: they are `macro`
  Rates rates, macro;
  size_t label_count = 2;
  // Up to 50 labels: each label's figures, and counts[label][predicted]; else empty.
  std::vector<LabelFigures> labels;
  std::vector<std::vector<int64_t>> counts;
  std::vector<ConfusedLabels> worst;  // of more labels: the most frequent mistakes, at most 20
};
Figures figures_of(const Evaluation& evaluation, const LabelChoice& labels);

// The label or average that F1, precision and recall are of: "of ok", "macro".
std::string average_text(const Figures& figures);
// The figures for people on one line: "loss 0.412345  accuracy 83.021 %", then, when `with_f1`, F1 of both of
// two labels and the macro average.
std::string figures_text(const Figures& figures, bool with_f1);
// The figures for people, a line each, as the evaluate program writes them.
std::string figures_lines(const Figures& figures);

// The metric's value, with its sign chosen so that more is better.
double value_of(const BestMetric& metric, const Evaluation& evaluation, const LabelChoice& labels);
// UsageError when the metric names a label that is none of these.
void check_metric(const BestMetric& metric, const LabelChoice& labels);
// The metric for people: "accuracy", "f1 of ok", "macro f1".
std::string description_of(const BestMetric& metric, const LabelChoice& labels);

}  // namespace hone
