#pragma once

#include <memory>
#include <span>

#include <hone/nn/models/classifier.h>
#include <hone/train/rows.h>
#include <hone/train/trainer.h>
#include "train/training_task.h"

namespace hone {

// Training on packed batches of texts, by a loss that is the mean over a batch's rows or, without one, by
// cross-entropy: then steps are recorded. Model and rows must outlive it.
std::unique_ptr<TrainingTask> text_task(SequenceClassifier& model, std::span<const EncodedRow> rows,
                                        bool use_types, Trainer::TextLoss loss = {});

}  // namespace hone
