#pragma once

#include <map>
#include <string>
#include <vector>

#include <hone/train/evaluation.h>
#include "apps/run/run_folder.h"
#include "apps/run/run_record.h"

namespace hone {

// The sources of report.html besides metrics.jsonl.
struct ReportSource {
  const RunRecord& record;
  const std::vector<std::string>& label_names;
  const std::map<std::string, std::vector<LabelPrediction>>&
      predictions;  // the final weights' predictions, by split name
  double seconds;
};

// Writes report.html into the run's folder.
void write_report(const RunFolder& folder, const ReportSource& source);

}  // namespace hone
