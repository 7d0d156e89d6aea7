#pragma once

#include <filesystem>

#include <hone/nn/models/config.h>

namespace hone::test {

// A model small enough to train within a moment: 2 layers, hidden size 16, 40 positions, a vocabulary of two
// dozen words, two labels.
EncoderConfig tiny_config(ModelType type = ModelType::bert);

// Writes the tiny model's folder with random weights: with a trained head, or as a base model without one.
void write_tiny_model(const std::filesystem::path& folder, bool head,
                      const EncoderConfig& config = tiny_config());

// Writes sst/{train,validation,test}.tsv and glue/QQP/{train,dev}.tsv below `folder`: 40, 13 and 9 sentences,
// 24 and 11 pairs, whose labels follow from their words.
void write_tiny_data(const std::filesystem::path& folder);

}  // namespace hone::test
