#pragma once

#include <string>
#include <utility>
#include <vector>

#include <hone/train/evaluation.h>
#include "data/json/json.h"

namespace hone {

// A split as the trained model judged it: the texts, and what it said of each.
struct ScoredSplit {
  std::string name;
  std::vector<std::string> texts;
  std::vector<LabelPrediction> predictions;
};

// What a run's report.html shows.
struct RunReport {
  std::string title, subtitle;
  std::vector<std::pair<std::string, std::string>> facts,
      settings;              // name and value; settings as in run.json
  std::vector<Json> events;  // the lines of metrics.jsonl
  std::vector<std::string> label_names;
  std::vector<ScoredSplit> splits;  // by the final weights
};

// A whole page: no script, nothing loaded from elsewhere, light or dark as the reader's system is.
std::string report_page(const RunReport& report);

}  // namespace hone
