#pragma once

#include <cstdint>

namespace hone {

// How often each label was given to the rows of each label, of two. Class 1 is the positive one.
struct Confusion {
  int64_t true_negatives = 0, false_positives = 0, false_negatives = 0, true_positives = 0;

  void add(int label, int predicted);
  int64_t rows() const { return true_negatives + false_positives + false_negatives + true_positives; }
  int64_t correct() const { return true_negatives + true_positives; }
};

// All in [0, 1], Matthews' correlation in [-1, 1]; 0 where a denominator is 0 (as scikit-learn has it).
double accuracy(const Confusion& counts);
double precision(const Confusion& counts);
double recall(const Confusion& counts);
double f1(const Confusion& counts);
double matthews(const Confusion& counts);

}  // namespace hone
