#include <hone/train/metrics.h>

#include <cmath>
#include <functional>

namespace hone {
namespace {

double ratio(double part, double whole) { return whole == 0 ? 0 : part / whole; }

// The value of `figure` for class 1 of two, or its mean over more classes.
double averaged(const Confusion& counts, const std::function<double(int label)>& figure) {
  if (counts.labels() == 2) return figure(1);
  double sum = 0, occur = 0;
  for (int label = 0; label < counts.labels(); ++label) {
    if (counts.rows_of(label) + counts.predictions_of(label) == 0) continue;
    sum += figure(label);
    ++occur;
  }
  return ratio(sum, occur);
}

double correct_of(const Confusion& counts, int label) { return static_cast<double>(counts.at(label, label)); }
double rows_of(const Confusion& counts, int label) { return static_cast<double>(counts.rows_of(label)); }
double predictions_of(const Confusion& counts, int label) {
  return static_cast<double>(counts.predictions_of(label));
}

}  // namespace

int64_t Confusion::rows() const {
  int64_t sum = 0;
  for (const int64_t count : counts_) sum += count;
  return sum;
}

int64_t Confusion::correct() const {
  int64_t sum = 0;
  for (int label = 0; label < labels(); ++label) sum += at(label, label);
  return sum;
}

int64_t Confusion::rows_of(int label) const {
  int64_t sum = 0;
  for (int predicted = 0; predicted < labels(); ++predicted) sum += at(label, predicted);
  return sum;
}

int64_t Confusion::predictions_of(int label) const {
  int64_t sum = 0;
  for (int actual = 0; actual < labels(); ++actual) sum += at(actual, label);
  return sum;
}

double accuracy(const Confusion& counts) {
  return ratio(static_cast<double>(counts.correct()), static_cast<double>(counts.rows()));
}

double precision(const Confusion& counts) {
  return averaged(counts, [&](int k) { return ratio(correct_of(counts, k), predictions_of(counts, k)); });
}

double recall(const Confusion& counts) {
  return averaged(counts, [&](int k) { return ratio(correct_of(counts, k), rows_of(counts, k)); });
}

double f1(const Confusion& counts) {
  return averaged(counts, [&](int k) {
    return ratio(2 * correct_of(counts, k), rows_of(counts, k) + predictions_of(counts, k));
  });
}

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
