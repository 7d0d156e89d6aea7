#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include <hone/autograd/var.h>
#include <hone/nn/models/classifier.h>
#include <hone/train/encoded_row.h>
#include <hone/train/trainer.h>
#include "data/safetensors/safetensors.h"
#include "train/step_recordings.h"

namespace hone {

// What differs between kinds of batches: a Trainer's view of its net, its rows and its loss.
class TrainingTask {
 public:
  virtual ~TrainingTask() = default;

  virtual Module& module() = 0;
  virtual int64_t rows() const = 0;
  // Begins a pass over the rows in this order, the last batch short; and ends it, wherever it is.
  virtual void begin_pass(std::vector<int64_t> order, int64_t batch_size) = 0;
  virtual void end_pass() = 0;

  // Makes the next batch of the pass the current one, and says how large it is.
  struct BatchSize {
    int64_t rows, tokens;  // tokens: 0 where there are none
  };
  virtual BatchSize next() = 0;
  // Numbers the current batch's random values: by seed, step, and how many of the step's rows came before.
  virtual void number(uint32_t seed, uint32_t step, uint32_t first_row) = 0;
  // Calls work with a function that computes the current batch's part of the step's loss, the mean over all
  // the step's rows: [1]. The work may be recorded, and repeated for another batch.
  using LossFunction = std::function<Var()>;
  virtual void compute(const StepRecordings::Part& part,
                       const std::function<void(const LossFunction&)>& work) = 0;
  // Gets the next batch ready while the device works on this one.
  virtual void prefetch() {}
  // Recordings of this task's steps; null: it makes none.
  virtual const StepRecordings* recordings() const { return nullptr; }

  // The weights as a file will hold them; they point into the net. And back, from a checkpoint's folder.
  virtual std::vector<TensorData> weights() = 0;
  virtual void load_weights(const std::filesystem::path& checkpoint) = 0;

 protected:
  // The part that a batch of so many rows has in the mean over a whole step's, from the batch's own mean.
  static Var part_of_mean(const Var& loss, int64_t rows, int64_t step_rows);
};

// Training on packed batches of texts, by a loss that is the mean over a batch's rows or, without one, by
// cross-entropy: then steps are recorded. Model and rows must outlive it.
std::unique_ptr<TrainingTask> text_task(SequenceClassifier& model, std::span<const EncodedRow> rows,
                                        bool use_types, Trainer::TextLoss loss = {});

// Any net on vectors, by a loss that is the mean over a batch's rows. The net must outlive it.
std::unique_ptr<TrainingTask> vector_task(Module& net, VectorBatch rows, Trainer::VectorLoss loss);

}  // namespace hone
