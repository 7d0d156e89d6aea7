#pragma once

#include <exception>
#include <string>
#include <vector>

#include <hone/data/sets/dataset.h>
#include <hone/train/trainer.h>
#include "apps/run/figures.h"
#include "data/json/json.h"
#include "data/json/json_writer.h"

namespace hone {

// An evaluation of a run's split, and the epoch and step after which it was made.
struct EvaluatedSplit {
  std::string split;
  int64_t epoch = 0, step = 0;
  Figures figures;
};

// The lines of metrics.jsonl, one JSON object each.
std::string step_event(const StepReport& report);
std::string eval_event(const EvaluatedSplit& evaluated);
// Reads an evaluation back from its event. Throws ModelError when the event is not an evaluation.
EvaluatedSplit parse_eval_event(const Json& event);
std::string checkpoint_event(int64_t step, const std::string& folder);
// The event of a run that ended with an error; the kind of error is named by the exit code.
std::string error_event(int exit_code, const std::string& message);

// The training speed over the steps in metrics.jsonl, without the time between steps; 0 when there are none.
double tokens_per_second(const std::vector<Json>& events);

}  // namespace hone
