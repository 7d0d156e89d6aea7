#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <hone/train/evaluation.h>

namespace hone {

// counts[label][predicted].
std::vector<std::vector<int64_t>> confusion_matrix(std::span<const LabelPrediction> rows, size_t labels);

// Rows whose prediction was about equally sure: mean probability and how many were right, both in [0, 1].
struct CalibrationBin {
  int64_t rows = 0;
  double confidence = 0, accuracy = 0;
};

// Ten bins of equal width from 1 / labels to 1, and the expected calibration error (Guo et al. 2017): the
// mean over rows of |confidence - accuracy| of their bins.
struct Calibration {
  std::vector<CalibrationBin> bins;
  double error = 0;
};
Calibration calibrate(std::span<const LabelPrediction> rows, size_t labels);

// The rows of the wrong predictions that the model was surest of, the surest first, of equals the earlier
// row; `count` at most.
std::vector<size_t> worst_mistakes(std::span<const LabelPrediction> rows, size_t count);

}  // namespace hone
