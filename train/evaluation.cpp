#include <hone/train/evaluation.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <optional>
#include <utility>

#include <hone/autograd/ops/cross_entropy.h>
#include <hone/core/error.h>
#include "train/batch_feed.h"
#include "train/packing.h"
#include "train/vector_rows.h"

namespace hone {
namespace {

using Clock = std::chrono::steady_clock;

// Puts a model into evaluation mode for the length of a block.
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

// Adds up the figures of an evaluation batch by batch.
class Tally {
 public:
  Tally(int64_t classes, bool mean_over_rows) : mean_over_rows_(mean_over_rows) {
    result_.counts = Confusion(static_cast<size_t>(classes));
  }

  // Adds a batch: logits [rows, classes], labels [rows] i32, both on the CPU.
  void add(const Tensor& logits, const Tensor& labels) {
    const double weight = mean_over_rows_ ? static_cast<double>(logits.shape()[0]) : 1;
    result_.loss += weight * cross_entropy(logits, labels).value().item();
    weights_ += weight;
    const auto classes = static_cast<size_t>(logits.shape()[1]);
    for (int64_t row = 0; row < logits.shape()[0]; ++row) {
      const auto values = logits.span<float>().subspan(static_cast<size_t>(row) * classes, classes);
      const int32_t label = labels.data<int32_t>()[row];
      const int predicted = predicted_label(values);
      result_.counts.add(label, predicted);
      result_.predictions.push_back({label, predicted, probability_of(values, predicted)});
    }
  }
  int64_t rows() const { return static_cast<int64_t>(result_.predictions.size()); }

  Evaluation result() {
    result_.loss /= weights_;
    result_.seconds = std::chrono::duration<double>(Clock::now() - begin_).count();
    if (std::isfinite(result_.loss)) return std::move(result_);
    throw NonFiniteError(
        "evaluation: the loss is not finite; the weights are unusable, train with a smaller learning_rate",
        {"learning_rate"});
  }

 private:
  bool mean_over_rows_;
  Clock::time_point begin_ = Clock::now();
  Evaluation result_;
  double weights_ = 0;
};

}  // namespace

int predicted_label(std::span<const float> logits) {
  return static_cast<int>(std::max_element(logits.begin(), logits.end()) - logits.begin());
}

Evaluation evaluate(SequenceClassifier& model, std::span<const EncodedRow> rows, const EvaluationPlan& plan,
                    const std::function<void(int64_t done)>& progress) {
  const NoGrad no_grad;
  const EvaluationMode mode(model);
  Tally tally(static_cast<int64_t>(model.config().labels.size()), plan.mean_over_rows);
  BatchFeed feed(rows, epoch_order(static_cast<int64_t>(rows.size()), false, 0, 0), plan.batch_size,
                 {.use_types = plan.use_types});
  while (const auto batch = feed.next()) {
    tally.add(model(batch->to(model.device())).value().to(Device{}), batch->labels);
    if (progress) progress(tally.rows());
  }
  return tally.result();
}

Evaluation evaluate(Module& net, const VectorBatch& rows,
                    const std::function<Var(const VectorBatch&)>& logits, const EvaluationPlan& plan) {
  check_rows(rows);
  const NoGrad no_grad;
  const EvaluationMode mode(net);
  const Device device = device_of(net);
  std::optional<Tally> tally;
  for (int64_t begin = 0; begin < rows.rows(); begin += plan.batch_size) {
    const int64_t end = std::min(begin + plan.batch_size, rows.rows());
    const Tensor x = rows.x.slice(begin, end), labels = rows.labels.slice(begin, end);
    const Tensor values = logits({x.to(device), labels.to(device)}).value().to(Device{}).to(Dtype::f32);
    if (!tally) tally.emplace(values.shape()[1], plan.mean_over_rows);
    tally->add(values, labels);
  }
  return tally->result();
}

}  // namespace hone
