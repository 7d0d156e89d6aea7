#pragma once

#include <map>
#include <string>
#include <vector>

#include "apps/run/events.h"

namespace hone {

// The evaluations of a run, in order, and the predictions of each split's last evaluation.
class Evaluations {
 public:
  // Restores the evaluations of a resumed run from the events of metrics.jsonl, without their predictions.
  void restore(const std::vector<Json>& eval_events);
  const EvaluatedSplit& add(EvaluatedSplit one, std::vector<LabelPrediction> predictions);
  // True when the split was evaluated after this epoch.
  bool contains(const std::string& split, int64_t epoch) const;

  // The figures of all evaluations, without predictions.
  const std::vector<EvaluatedSplit>& all() const { return all_; }
  // The predictions of each split's last evaluation, by the split's name.
  const std::map<std::string, std::vector<LabelPrediction>>& predictions() const { return predictions_; }
  void set_predictions(const std::string& split, std::vector<LabelPrediction> predictions);

 private:
  std::vector<EvaluatedSplit> all_;
  std::map<std::string, std::vector<LabelPrediction>> predictions_;
};

}  // namespace hone
