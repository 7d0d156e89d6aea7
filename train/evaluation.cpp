#include "train/evaluation.h"

#include <algorithm>
#include <chrono>
#include <cmath>

#include <hone/autograd/ops/cross_entropy.h>
#include <hone/core/error.h>
#include "train/batch_feed.h"

namespace hone {
namespace {

using Clock = std::chrono::steady_clock;

// Evaluation mode for the length of a block.
class EvaluationMode {
 public:
  explicit EvaluationMode(Module& module) : module_(module), was_training_(module.training()) {
    module_.eval();
  }
  ~EvaluationMode() { module_.train(was_training_); }
  EvaluationMode(const EvaluationMode&) = delete;
  EvaluationMode& operator=(const EvaluationMode&) = delete;

 private:
  Module& module_;
  bool was_training_;
};

// The softmax probability of a row's label.
float probability_of(std::span<const float> logits, int label) {
  double sum = 0;
  for (const float logit : logits)
    sum += std::exp(static_cast<double>(logit) - logits[static_cast<size_t>(label)]);
  return static_cast<float>(1 / sum);
}

void judge(const Tensor& logits, const Tensor& labels, Evaluation& result) {
  const auto classes = static_cast<size_t>(logits.shape()[1]);
  for (int64_t row = 0; row < logits.shape()[0]; ++row) {
    const auto values = logits.span<float>().subspan(static_cast<size_t>(row) * classes, classes);
    const int32_t label = labels.data<int32_t>()[row];
    const int predicted = predicted_label(values);
    result.counts.add(label, predicted);
    result.judgements.push_back({label, predicted, probability_of(values, predicted)});
  }
}

}  // namespace

int predicted_label(std::span<const float> logits) {
  return static_cast<int>(std::max_element(logits.begin(), logits.end()) - logits.begin());
}

Evaluation evaluate(SequenceClassifier& model, std::span<const EncodedRow> rows, const EvaluationPlan& plan,
                    const std::function<void(int64_t done)>& progress) {
  const NoGrad no_grad;
  const EvaluationMode mode(model);
  const auto begin = Clock::now();
  const auto n = static_cast<int64_t>(rows.size());
  BatchFeed feed(rows, epoch_order(n, false, 0, 0), plan.batch_size, {.use_types = plan.use_types});
  Evaluation result;
  result.counts = Confusion(model.config().labels.size());
  double weights = 0;
  while (const auto batch = feed.next()) {
    const Tensor logits = model(batch->to(model.device())).value().to(Device{});
    const double weight = plan.mean_over_rows ? static_cast<double>(batch->sequences()) : 1;
    result.loss += weight * cross_entropy(logits, batch->labels).value().item();
    weights += weight;
    judge(logits, batch->labels, result);
    if (progress) progress(result.counts.rows());
  }
  result.loss /= weights;
  result.seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  if (!std::isfinite(result.loss)) {
    throw NonFiniteError(
        "evaluation: the loss is not finite; the weights are unusable, train with a smaller learning_rate",
        {"learning_rate"});
  }
  return result;
}

}  // namespace hone
