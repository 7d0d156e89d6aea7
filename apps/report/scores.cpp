#include "apps/report/scores.h"

#include <algorithm>
#include <cmath>

namespace hone {

Confusion confusion_of(std::span<const LabelPrediction> rows, size_t labels) {
  Confusion counts(labels);
  for (const LabelPrediction& row : rows) counts.add(row.label, row.predicted);
  return counts;
}

Calibration calibrate(std::span<const LabelPrediction> rows, size_t labels) {
  constexpr double kBins = 10;
  const double lowest = 1.0 / static_cast<double>(labels);
  Calibration result{std::vector<CalibrationBin>(static_cast<size_t>(kBins))};
  for (const LabelPrediction& row : rows) {
    const double at = std::floor((row.probability - lowest) / (1 - lowest) * kBins);
    CalibrationBin& bin = result.bins[static_cast<size_t>(std::clamp(at, 0., kBins - 1))];
    ++bin.rows;
    bin.confidence += row.probability;
    bin.accuracy += row.label == row.predicted ? 1 : 0;
  }
  for (CalibrationBin& bin : result.bins) {
    if (bin.rows == 0) continue;
    result.error += std::abs(bin.confidence - bin.accuracy) / static_cast<double>(rows.size());
    bin.confidence /= static_cast<double>(bin.rows);
    bin.accuracy /= static_cast<double>(bin.rows);
  }
  return result;
}

std::vector<size_t> worst_mistakes(std::span<const LabelPrediction> rows, size_t count) {
  std::vector<size_t> wrong;
  for (size_t i = 0; i < rows.size(); ++i) {
    if (rows[i].label != rows[i].predicted) wrong.push_back(i);
  }
  std::ranges::stable_sort(wrong, std::greater<>{}, [&](size_t i) { return rows[i].probability; });
  wrong.resize(std::min(wrong.size(), count));
  return wrong;
}

}  // namespace hone
