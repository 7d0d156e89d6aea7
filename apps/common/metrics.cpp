#include "apps/common/metrics.h"

#include <cmath>

namespace hone {
namespace {

double ratio(double part, double whole) { return whole == 0 ? 0 : part / whole; }

}  // namespace

void Confusion::add(int label, int predicted) {
  if (label == 0) {
    ++(predicted == 0 ? true_negatives : false_positives);
  } else {
    ++(predicted == 0 ? false_negatives : true_positives);
  }
}

double accuracy(const Confusion& counts) {
  return ratio(static_cast<double>(counts.correct()), static_cast<double>(counts.rows()));
}

double precision(const Confusion& counts) {
  const auto found = static_cast<double>(counts.true_positives);
  return ratio(found, found + static_cast<double>(counts.false_positives));
}

double recall(const Confusion& counts) {
  const auto found = static_cast<double>(counts.true_positives);
  return ratio(found, found + static_cast<double>(counts.false_negatives));
}

double f1(const Confusion& counts) {
  const double found = 2 * static_cast<double>(counts.true_positives);
  return ratio(found, found + static_cast<double>(counts.false_positives + counts.false_negatives));
}

double matthews(const Confusion& counts) {
  const auto tn = static_cast<double>(counts.true_negatives),
             fp = static_cast<double>(counts.false_positives);
  const auto fn = static_cast<double>(counts.false_negatives),
             tp = static_cast<double>(counts.true_positives);
  return ratio(tp * tn - fp * fn, std::sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn)));
}

}  // namespace hone
