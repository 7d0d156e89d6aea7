#include "train/text_task.h"

// Fine-tuning on texts as a task of the Trainer.
#include <fmt/core.h>

#include <optional>
#include <utility>

#include <hone/autograd/ops/cross_entropy.h>
#include <hone/core/error.h>
#include "nn/models/weights.h"
#include "train/batch_feed.h"

namespace hone {
namespace {

class TextTask final : public TrainingTask {
 public:
  TextTask(SequenceClassifier& model, std::span<const EncodedRow> rows, bool use_types,
           Trainer::TextLoss loss)
      : model_(model),
        rows_(rows),
        use_types_(use_types),
        loss_(std::move(loss)),
        recordings_(model.device()) {}

  Module& module() override { return model_; }
  int64_t rows() const override { return static_cast<int64_t>(rows_.size()); }

  void begin_pass(std::vector<int64_t> order, int64_t batch_size) override {
    const BatchFeed::Packing packing{.use_types = use_types_, .device = model_.device(), .fill = !loss_};
    feed_.emplace(rows_, std::move(order), batch_size, packing);
  }
  void end_pass() override {
    batch_ = {};
    feed_.reset();
  }

  BatchSize next() override {
    batch_ = feed_->next().value();
    return {batch_.own_sequences(), batch_.own_tokens()};
  }
  void number(uint32_t seed, uint32_t step, uint32_t first_row) override {
    model_.dropout_state().set(seed, step, first_row);
  }
  void compute(const StepRecordings::Part& part,
               const std::function<void(const LossFunction&)>& work) override {
    if (loss_) return work([&] { return part_of_mean(loss_(batch_), batch_.sequences(), part.rows); });
    recordings_.run(batch_, part, [&](const PackedBatch& same) {
      work([&] { return cross_entropy(model_(same), same.labels, static_cast<double>(part.rows)); });
    });
  }
  void prefetch() override { feed_->prefetch(); }
  const StepRecordings* recordings() const override { return &recordings_; }

  std::vector<TensorData> weights() override { return state_dict(model_); }
  void load_weights(const std::filesystem::path& checkpoint) override {
    constexpr uint64_t kNoSeed = 0;  // every weight is loaded
    const LoadReport report = hone::load_weights(model_, WeightFiles::open(checkpoint), kNoSeed);
    if (report.fresh.empty()) return;
    throw Error(fmt::format("{}: {} is missing", checkpoint.string(), report.fresh.front()));
  }

 private:
  SequenceClassifier& model_;
  std::span<const EncodedRow> rows_;
  bool use_types_;
  Trainer::TextLoss loss_;  // empty: cross-entropy
  StepRecordings recordings_;
  std::optional<BatchFeed> feed_;  // the batches of the current pass
  PackedBatch batch_;
};

}  // namespace

std::unique_ptr<TrainingTask> text_task(SequenceClassifier& model, std::span<const EncodedRow> rows,
                                        bool use_types, Trainer::TextLoss loss) {
  return std::make_unique<TextTask>(model, rows, use_types, std::move(loss));
}

}  // namespace hone
