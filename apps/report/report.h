#pragma once

#include <string>
#include <utility>
#include <vector>

#include <hone/train/evaluation.h>
#include "data/json/json.h"

namespace hone {

// A split's texts and the trained model's prediction for each.
struct ScoredSplit {
  std::string name;
  std::vector<std::string> texts;
  std::vector<LabelPrediction> predictions;
};

// The contents of a run's report.html.
struct RunReport {
  std::string title, subtitle;
  std::vector<std::pair<std::string, std::string>> facts,
      settings;              // pairs of name and value; settings as in run.json
  std::vector<Json> events;  // the lines of metrics.jsonl
  std::vector<std::string> label_names;
  std::vector<ScoredSplit> splits;  // predictions of the final weights
};

// The whole page of a run: no script, nothing loaded from elsewhere, light or dark as the reader's system is.
std::string report_page(const RunReport& report);

}  // namespace hone
