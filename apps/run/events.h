#pragma once

#include <exception>
#include <string>
#include <vector>

#include <hone/data/sets/dataset.h>
#include <hone/train/evaluation.h>
#include <hone/train/trainer.h>
#include "data/json/json.h"
#include "data/json/json_writer.h"

namespace hone {

// An evaluation of a run: which rows, and after how much training.
struct EvaluatedSplit {
  std::string split;
  int64_t epoch = 0, step = 0;
  Evaluation figures;
};

// The lines of metrics.jsonl, one JSON object each.
std::string step_event(const StepReport& report);
std::string eval_event(const EvaluatedSplit& evaluated);
// An evaluation back from its line; ModelError when the line is none.
EvaluatedSplit parse_eval_event(const Json& event);
std::string checkpoint_event(int64_t step, const std::string& folder);
// With the kind that goes with the exit code.
std::string error_event(int exit_code, const std::string& message);

// The fields of an evaluation, into an open object.
void write_figures(JsonWriter& json, const Evaluation& figures);
// "loss 0.412345  accuracy 83.021 %", and F1 for pairs and for more than two labels.
std::string figures_text(const Evaluation& figures, bool pairs);

// Of the steps among the events of metrics.jsonl, without what happened between them; 0 when there are none.
double tokens_per_second(const std::vector<Json>& events);

}  // namespace hone
