#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <vector>

#include <hone/autograd/var.h>
#include <hone/nn/module.h>
#include "data/safetensors/safetensors_writer.h"
#include "train/step_recordings.h"

namespace hone {

// A Trainer's view of its net, rows and loss: the interface that text and vector training implement.
class TrainingTask {
 public:
  virtual ~TrainingTask() = default;

  virtual Module& module() = 0;
  virtual int64_t rows() const = 0;
  // Begins a pass over the rows in this order, whose last batch may be short; end_pass() ends it at any
  // batch.
  virtual void begin_pass(std::vector<int64_t> order, int64_t batch_size) = 0;
  virtual void end_pass() = 0;

  // Makes the next batch of the pass the current one, and says how large it is.
  struct BatchSize {
    int64_t rows, tokens;  // tokens: 0 where there are none
  };
  virtual BatchSize next() = 0;
  // Numbers the current batch's random values: by seed, step, and how many of the step's rows came before.
  virtual void number(uint32_t seed, uint32_t step, uint32_t first_row) = 0;
  // Calls `work` with a function that computes the current batch's part of the step's loss, the mean over all
  // the step's rows: [1]. The work may be recorded, and repeated for another batch.
  using LossFunction = std::function<Var()>;
  virtual void compute(const StepRecordings::Part& part,
                       const std::function<void(const LossFunction&)>& work) = 0;
  // Prepares the next batch while the device works on the current one.
  virtual void prefetch() {}
  // The recordings of this task's steps; null when it makes none.
  virtual const StepRecordings* recordings() const { return nullptr; }

  // The net's weights to be written to a file, which point into the net; load_weights() reads them from a
  // checkpoint's folder.
  virtual std::vector<TensorData> weights() = 0;
  virtual void load_weights(const std::filesystem::path& checkpoint) = 0;

 protected:
  // The part that a batch of so many rows has in the mean over a whole step's, from the batch's own mean.
  static Var part_of_mean(const Var& loss, int64_t rows, int64_t step_rows);
};

}  // namespace hone
