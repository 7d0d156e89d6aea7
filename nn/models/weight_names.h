#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include <hone/nn/models/config.h>
#include "data/hub/weight_files.h"

namespace hone {

// The start of an encoder's tensor names in transformers: "bert." or "distilbert.".
std::string encoder_prefix(ModelType type);

// The tensors of a model's files by the current transformers names.
struct WeightNames {
  std::map<std::string, std::string> keys;  // current name -> key in the files
  std::vector<std::string> warnings;
};

// Finds the current names: a prefix that wrappers of PyTorch put before all names (`module.`, `model.`,
// `_orig_mod.`) is taken off, with a warning; LayerNorm's old names gamma and beta become weight and bias;
// the encoder's tensors of a base model get the encoder's prefix. Throws ModelError when two keys mean the
// same tensor.
WeightNames weight_names(const WeightFiles& files, ModelType type);

// The type of a model whose tensors' names begin, behind wrappers' prefixes, with bert. or distilbert.
std::optional<ModelType> type_of_names(const std::vector<std::string>& keys);

// True for names that belong to no sequence classifier and are no reason to refuse a file: buffers (fixed
// positions and token types, the weights of a loss function) and other heads (masked words, next sentence,
// answers to questions).
bool is_expected_extra(const std::string& name, ModelType type);

// True for the tensors of a classification head; BERT's pooler is one of them.
bool is_head(const std::string& name);

// The reason why `classifier` in these files is not a head that classifies whole texts, a token classifier's
// for example; empty when it is one, or there is none.
std::string other_classifier(const WeightNames& names, const EncoderConfig& config);

}  // namespace hone
