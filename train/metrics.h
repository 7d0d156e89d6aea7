#pragma once

#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <vector>

namespace hone {

// A confusion matrix: how often each label was predicted for the rows of each label. Only counts above 0 are
// stored, so that its size grows with labels and rows, not with the square of the labels.
class Confusion {
 public:
  Confusion() : Confusion(2) {}
  explicit Confusion(size_t labels) : rows_of_(labels), predictions_of_(labels) {}

  // Adds rows. Throws std::out_of_range for a label that is none.
  void add(int label, int predicted, int64_t rows = 1);
  int64_t at(int label, int predicted) const;
  int labels() const { return static_cast<int>(rows_of_.size()); }
  int64_t rows() const { return rows_; }
  int64_t correct() const { return correct_; }
  int64_t rows_of(int label) const { return rows_of_.at(static_cast<size_t>(label)); }
  int64_t predictions_of(int label) const { return predictions_of_.at(static_cast<size_t>(label)); }

  struct Count {
    int label, predicted;
    int64_t rows;
    bool operator==(const Count&) const = default;
  };
  // The most frequent mistakes, at most `count`; among equals the lower label, then the lower prediction
  // first.
  std::vector<Count> worst(size_t count) const;

 private:
  static uint64_t key(int label, int predicted) {
    return static_cast<uint64_t>(label) << 32 | static_cast<uint32_t>(predicted);
  }

  std::unordered_map<uint64_t, int64_t> counts_;
  std::vector<int64_t> rows_of_, predictions_of_;
  int64_t rows_ = 0, correct_ = 0;
};

// Metrics of a confusion matrix, in [0, 1], Matthews' correlation in [-1, 1]; 0 where a denominator is 0 (as
// in scikit-learn).
double accuracy(const Confusion& counts);
double matthews(const Confusion& counts);

// One label against all others.
double precision(const Confusion& counts, int label);
double recall(const Confusion& counts, int label);
double f1(const Confusion& counts, int label);

// The mean over all labels that occur as label or prediction: scikit-learn's average="macro".
double macro_precision(const Confusion& counts);
double macro_recall(const Confusion& counts);
double macro_f1(const Confusion& counts);

// Class 1 against class 0 when there are two labels; of more, the macro average.
double precision(const Confusion& counts);
double recall(const Confusion& counts);
double f1(const Confusion& counts);

}  // namespace hone
