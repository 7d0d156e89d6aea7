#pragma once

#include <memory>

#include <hone/train/trainer.h>
#include "train/training_task.h"

namespace hone {

// Any net on vectors, by a loss that is the mean over a batch's rows. The net must outlive it.
std::unique_ptr<TrainingTask> vector_task(Module& net, VectorBatch rows, Trainer::VectorLoss loss);

}  // namespace hone
