#include "apps/run/evaluations.h"

#include <algorithm>
#include <utility>

namespace hone {

void Evaluations::restore(const std::vector<Json>& eval_events) {
  for (const Json& event : eval_events) all_.push_back(parse_eval_event(event));
}

const EvaluatedSplit& Evaluations::add(EvaluatedSplit one, std::vector<LabelPrediction> predictions) {
  set_predictions(one.split, std::move(predictions));
  all_.push_back(std::move(one));
  return all_.back();
}

bool Evaluations::contains(const std::string& split, int64_t epoch) const {
  return std::ranges::any_of(all_, [&](const auto& one) { return one.split == split && one.epoch == epoch; });
}

void Evaluations::set_predictions(const std::string& split, std::vector<LabelPrediction> predictions) {
  predictions_[split] = std::move(predictions);
}

}  // namespace hone
