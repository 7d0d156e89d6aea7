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

// Finds the current names. An encoder's tensors are found by their names behind any prefix (`module.`,
// `model.`, `backbone.`, ...), which is taken off, with a warning; LayerNorm's old names gamma and beta
// become weight and bias; the encoder's tensors of a base model get the encoder's prefix. Throws ModelError
// when two prefixes have an encoder each, unless one has the current names, and when two keys mean the same
// tensor.
WeightNames weight_names(const WeightFiles& files, ModelType type);

// The type of a model whose encoder's names begin, behind other prefixes, with bert. or distilbert.
std::optional<ModelType> type_of_names(const std::vector<std::string>& keys);

// The kinds of tensors that no sequence classifier has. Unknown ones lie inside the encoder. Those outside
// may be parts of a head, whose results differ without them, so that only a new head makes them superfluous.
enum class ExtraTensor { buffer, loss, other_head, outside, unknown };
ExtraTensor extra_tensor(const std::string& name, ModelType type);

// True for the tensors of a classification head; BERT's pooler is one of them.
bool is_head(const std::string& name);

// The reason why `classifier` in these files is not a head that classifies whole texts, a token classifier's
// for example; empty when it is one, or there is none.
std::string other_classifier(const WeightNames& names, const EncoderConfig& config);

}  // namespace hone
