#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include <hone/nn/models/classifier.h>
#include "train/metrics.h"
#include "train/packing.h"

namespace hone {

// What a classifier said of a row. `probability` is the one it gave to `predicted`.
struct Judgement {
  int32_t label = 0, predicted = 0;
  float probability = 0;
};

// A classifier's figures on labelled rows.
struct Evaluation {
  double loss = 0;
  Confusion counts;
  double seconds = 0;
  std::vector<Judgement> judgements;  // of each row, in order
};

struct EvaluationPlan {
  int64_t batch_size = 32;
  bool use_types = false;
  bool mean_over_rows =
      false;  // the loss; else the mean of the batches' means: a short last batch weighs like a full one
};

// Evaluates in file order, without dropout and without a graph; the mode of the model is restored. `progress`
// is called after each batch with the rows done; an exception from it ends the evaluation. Throws
// NonFiniteError when the loss is not finite.
Evaluation evaluate(SequenceClassifier& model, std::span<const EncodedRow> rows, const EvaluationPlan& plan,
                    const std::function<void(int64_t done)>& progress = {});

// The label of a row of logits: the largest, of equals the lowest.
int predicted_label(std::span<const float> logits);

}  // namespace hone
