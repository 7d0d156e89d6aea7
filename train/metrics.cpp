#include <hone/train/metrics.h>

#include <algorithm>
#include <cmath>
#include <tuple>

namespace hone {
namespace {

using LabelMetric = double (*)(const Confusion& counts, int label);

double ratio(double part, double whole) { return whole == 0 ? 0 : part / whole; }

double macro(const Confusion& counts, LabelMetric metric) {
  double sum = 0, occur = 0;
  for (int label = 0; label < counts.labels(); ++label) {
    if (counts.rows_of(label) + counts.predictions_of(label) == 0) continue;
    sum += metric(counts, label);
    ++occur;
  }
  return ratio(sum, occur);
}

double usual(const Confusion& counts, LabelMetric metric) {
  return counts.labels() == 2 ? metric(counts, 1) : macro(counts, metric);
}

double correct_of(const Confusion& counts, int label) { return static_cast<double>(counts.at(label, label)); }
double rows_of(const Confusion& counts, int label) { return static_cast<double>(counts.rows_of(label)); }
double predictions_of(const Confusion& counts, int label) {
  return static_cast<double>(counts.predictions_of(label));
}

}  // namespace

void Confusion::add(int label, int predicted, int64_t rows) {
  rows_of_.at(static_cast<size_t>(label)) += rows;
  predictions_of_.at(static_cast<size_t>(predicted)) += rows;
  counts_[key(label, predicted)] += rows;
  rows_ += rows;
  if (label == predicted) correct_ += rows;
}

int64_t Confusion::at(int label, int predicted) const {
  const auto found = counts_.find(key(label, predicted));
  return found == counts_.end() ? 0 : found->second;
}

std::vector<Confusion::Count> Confusion::worst(size_t count) const {
  std::vector<Count> wrong;
  for (const auto& [key, rows] : counts_) {
    const int label = static_cast<int>(key >> 32), predicted = static_cast<int>(key & 0xFFFFFFFF);
    if (label != predicted && rows > 0) wrong.push_back({label, predicted, rows});
  }
  const auto before = [](const Count& a, const Count& b) {
    return std::tuple(-a.rows, a.label, a.predicted) < std::tuple(-b.rows, b.label, b.predicted);
  };
  const auto end = wrong.begin() + static_cast<std::ptrdiff_t>(std::min(count, wrong.size()));
  std::partial_sort(wrong.begin(), end, wrong.end(), before);
  wrong.erase(end, wrong.end());
  return wrong;
}

double accuracy(const Confusion& counts) {
  return ratio(static_cast<double>(counts.correct()), static_cast<double>(counts.rows()));
}

double precision(const Confusion& counts, int label) {
  return ratio(correct_of(counts, label), predictions_of(counts, label));
}

double recall(const Confusion& counts, int label) {
  return ratio(correct_of(counts, label), rows_of(counts, label));
}

double f1(const Confusion& counts, int label) {
  return ratio(2 * correct_of(counts, label), rows_of(counts, label) + predictions_of(counts, label));
}

double macro_precision(const Confusion& counts) { return macro(counts, precision); }
double macro_recall(const Confusion& counts) { return macro(counts, recall); }
double macro_f1(const Confusion& counts) { return macro(counts, f1); }

double precision(const Confusion& counts) { return usual(counts, precision); }
double recall(const Confusion& counts) { return usual(counts, recall); }
double f1(const Confusion& counts) { return usual(counts, f1); }

// Matthews' correlation for any number of labels: R_K of Gorodkin 2004.
double matthews(const Confusion& counts) {
  const auto n = static_cast<double>(counts.rows()), right = static_cast<double>(counts.correct());
  double both = 0, actual = 0, predicted = 0;
  for (int k = 0; k < counts.labels(); ++k) {
    both += rows_of(counts, k) * predictions_of(counts, k);
    actual += rows_of(counts, k) * rows_of(counts, k);
    predicted += predictions_of(counts, k) * predictions_of(counts, k);
  }
  return ratio(right * n - both, std::sqrt((n * n - predicted) * (n * n - actual)));
}

}  // namespace hone
