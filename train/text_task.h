#pragma once

#include <memory>
#include <span>

#include <hone/nn/models/classifier.h>
#include <hone/train/encoded_row.h>
#include "train/training_task.h"

namespace hone {

// Fine-tuning by cross-entropy on packed batches of texts. Model and rows must outlive it.
std::unique_ptr<TrainingTask> text_task(SequenceClassifier& model, std::span<const EncodedRow> rows,
                                        bool use_types);

}  // namespace hone
