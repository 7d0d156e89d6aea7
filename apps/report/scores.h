#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <hone/train/evaluation.h>

namespace hone {

// How often each label was predicted for the rows of each label.
Confusion confusion_of(std::span<const LabelPrediction> rows, size_t labels);

// Rows predicted with about the same probability: its mean, and the share of right predictions, both in [0,
// 1].
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

// The rows of at most `count` wrong predictions of the highest probability, highest first, the earlier row
// first among equals.
std::vector<size_t> worst_mistakes(std::span<const LabelPrediction> rows, size_t count);

}  // namespace hone
