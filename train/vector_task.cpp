#include "train/vector_task.h"

// Training of any net on vectors as a task of the Trainer.
#include <algorithm>
#include <utility>

#include <hone/nn/models/parameter_file.h>
#include "nn/models/tensor_data.h"
#include "train/vector_rows.h"

namespace hone {
namespace {

class VectorTask final : public TrainingTask {
 public:
  VectorTask(Module& net, VectorBatch rows, Trainer::VectorLoss loss)
      : net_(net), rows_(std::move(rows)), loss_(std::move(loss)) {
    check_rows(rows_);
  }

  Module& module() override { return net_; }
  int64_t rows() const override { return rows_.rows(); }

  void begin_pass(std::vector<int64_t> order, int64_t batch_size) override {
    order_ = std::move(order);
    batch_size_ = static_cast<size_t>(batch_size);
    at_ = 0;
  }
  void end_pass() override { batch_ = {}; }

  BatchSize next() override {
    const auto part =
        std::span<const int64_t>(order_).subspan(at_, std::min(batch_size_, order_.size() - at_));
    at_ += part.size();
    batch_ = gather(rows_, part, device_of(net_));
    return {static_cast<int64_t>(part.size()), 0};
  }
  void number(uint32_t seed, uint32_t step, uint32_t first_row) override {
    net_.dropout_state().set(seed, step, first_row);
  }
  void compute(const StepRecordings::Part& part,
               const std::function<void(const LossFunction&)>& work) override {
    work([&] { return part_of_mean(loss_(batch_), batch_.rows(), part.rows); });
  }

  std::vector<TensorData> weights() override {
    std::vector<TensorData> out;
    for (const NamedParameter& named : net_.parameters()) {
      out.push_back(data_of(named.name, named.parameter->value()));
    }
    return out;
  }
  void load_weights(const std::filesystem::path& checkpoint) override {
    load_parameters(net_, checkpoint / "model.safetensors");
  }

 private:
  Module& net_;
  VectorBatch rows_;
  Trainer::VectorLoss loss_;
  std::vector<int64_t> order_;  // the rows of the current pass
  size_t batch_size_ = 0, at_ = 0;
  VectorBatch batch_;
};

}  // namespace

std::unique_ptr<TrainingTask> vector_task(Module& net, VectorBatch rows, Trainer::VectorLoss loss) {
  return std::make_unique<VectorTask>(net, std::move(rows), std::move(loss));
}

}  // namespace hone
