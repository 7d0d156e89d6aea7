#pragma once

#include <map>
#include <string>
#include <vector>

#include "apps/run/events.h"

namespace hone {

// The evaluations of a run, in order, and what was answered in each split's last.
class Evaluations {
 public:
  // Those of a run that goes on, from the events of metrics.jsonl; their answers are gone.
  void restore(const std::vector<Json>& eval_events);
  const EvaluatedSplit& add(const std::string& split, int64_t epoch, int64_t step, Evaluation figures);
  // Whether a split was evaluated after an epoch.
  bool contains(const std::string& split, int64_t epoch) const;

  // Their figures alone.
  const std::vector<EvaluatedSplit>& all() const { return all_; }
  // By split.
  const std::map<std::string, std::vector<LabelPrediction>>& predictions() const { return predictions_; }
  void set_predictions(const std::string& split, std::vector<LabelPrediction> predictions);

 private:
  std::vector<EvaluatedSplit> all_;
  std::map<std::string, std::vector<LabelPrediction>> predictions_;
};

}  // namespace hone
