#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace hone {

// A confusion matrix: how often each label was predicted for the rows of each label.
class Confusion {
 public:
  Confusion() : Confusion(2) {}
  explicit Confusion(size_t labels) : labels_(labels), counts_(labels * labels) {}

  void add(int label, int predicted, int64_t rows = 1) { counts_.at(index(label, predicted)) += rows; }
  int64_t at(int label, int predicted) const { return counts_.at(index(label, predicted)); }
  int labels() const { return static_cast<int>(labels_); }
  int64_t rows() const;
  int64_t correct() const;
  int64_t rows_of(int label) const;
  int64_t predictions_of(int label) const;

 private:
  size_t index(int label, int predicted) const {
    return static_cast<size_t>(label) * labels_ + static_cast<size_t>(predicted);
  }

  size_t labels_;
  std::vector<int64_t> counts_;  // [labels, labels]: a row for each true label
};

// Metrics of a confusion matrix, in [0, 1], Matthews' correlation in [-1, 1]; 0 where a denominator is 0 (as
// in scikit-learn). Precision, recall and F1 are those of class 1 when there are two labels; of more, the
// mean over all that occur as label or prediction (macro).
double accuracy(const Confusion& counts);
double precision(const Confusion& counts);
double recall(const Confusion& counts);
double f1(const Confusion& counts);
double matthews(const Confusion& counts);

}  // namespace hone
