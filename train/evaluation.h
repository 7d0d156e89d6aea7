#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include <hone/nn/models/classifier.h>
#include <hone/train/metrics.h>
#include <hone/train/rows.h>

namespace hone {

// A classifier's prediction for a labelled row.
struct LabelPrediction {
  int32_t label = 0, predicted = 0;  // ids
  float probability = 0;             // the probability of `predicted`
};

// A classifier's figures on labelled rows.
struct Evaluation {
  double loss = 0;
  Confusion counts;
  double seconds = 0;
  std::vector<LabelPrediction> predictions;  // one for each row, in order
};

struct EvaluationPlan {
  int64_t batch_size = 32;
  bool use_types = false;       // the second text of a pair has a token type of its own
  bool mean_over_rows = false;  // the loss; false: the mean of the batches' means, as a short last batch
                                // weighs like a full one
};

// Evaluates in file order, without dropout and without a graph; the mode of the model is restored. `progress`
// is called after each batch with the rows done; an exception from it ends the evaluation. Throws
// NonFiniteError when the loss is not finite.
Evaluation evaluate(SequenceClassifier& model, std::span<const EncodedRow> rows, const EvaluationPlan& plan,
                    const std::function<void(int64_t done)>& progress = {});

// Evaluates any net that classifies vectors: `logits` computes [rows, classes] of a batch, from the net.
// Labels are class ids.
Evaluation evaluate(Module& net, const VectorBatch& rows,
                    const std::function<Var(const VectorBatch&)>& logits, const EvaluationPlan& plan = {});

// The predicted label of a row of logits: the index of the largest, of equals the lowest index.
int predicted_label(std::span<const float> logits);

}  // namespace hone
