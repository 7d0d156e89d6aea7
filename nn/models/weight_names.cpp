#include "nn/models/weight_names.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <set>
#include <span>
#include <string_view>

#include <hone/core/error.h>

namespace hone {
namespace {

// The heads of transformers' other BERT and DistilBERT classes.
constexpr std::array<std::string_view, 8> kOtherHeads{
    "cls.",     "qa_outputs.", "vocab_transform.", "vocab_layer_norm.", "vocab_projector.",
    "lm_head.", "crf.",        "token_classifier."};
// Losses that are members of a net leave their weights in its state dict, under a name with "loss" or one of
// these.
constexpr std::array<std::string_view, 5> kLosses{"criterion", "class_weights", "class_weight",
                                                  "label_weights", "pos_weight"};
// Encoders of other models have the same names behind their prefix, but other positions or inputs.
constexpr std::array<std::string_view, 3> kForeign{"roberta.", "electra.", "mpnet."};
constexpr std::string_view kWordTable = "embeddings.word_embeddings.weight";

bool begins_with_any(std::string_view name, std::span<const std::string_view> prefixes) {
  return std::ranges::any_of(prefixes, [&](std::string_view prefix) { return name.starts_with(prefix); });
}

// True when `name` ends in `end`, and a member's name begins there.
bool ends_in_member(std::string_view name, std::string_view end) {
  return name.ends_with(end) && (name.size() == end.size() || name[name.size() - end.size() - 1] == '.');
}

const char* layers_of(ModelType type) {
  return type == ModelType::bert ? "encoder.layer." : "transformer.layer.";
}

// The starts of names that are an encoder's, behind its prefix.
bool is_inside(std::string_view rest, ModelType type) {
  const bool bert = type == ModelType::bert;
  return rest.starts_with("embeddings.") || rest.starts_with(bert ? "encoder." : "transformer.") ||
         (bert && rest.starts_with("pooler."));
}

// The prefixes of all encoders among the names, which end before a table of words and before layers.
std::set<std::string> encoders_among(const std::vector<std::string>& keys, ModelType type) {
  std::set<std::string> words, layers, both;
  for (const std::string& key : keys) {
    const size_t layer = key.find(layers_of(type));
    if (ends_in_member(key, kWordTable)) words.insert(key.substr(0, key.size() - kWordTable.size()));
    if (layer != std::string::npos && (layer == 0 || key[layer - 1] == '.'))
      layers.insert(key.substr(0, layer));
  }
  std::ranges::set_intersection(words, layers, std::inserter(both, both.end()));
  if (both.empty()) both = words.empty() ? layers : words;
  std::erase_if(both, [](const std::string& prefix) {
    return std::ranges::any_of(kForeign, [&](auto foreign) { return ends_in_member(prefix, foreign); });
  });
  return both;
}

// The prefix of the encoder: the model's own ("bert.", or none), else the only one that there is.
std::string encoder_among(const std::vector<std::string>& keys, ModelType type) {
  const std::set<std::string> found = encoders_among(keys, type);
  const std::string own = encoder_prefix(type);
  for (const std::string& prefix : {own, std::string()})
    if (found.contains(prefix)) return prefix;
  if (found.size() > 1) {
    throw ModelError(fmt::format("weights: more than one encoder, {}: keep the tensors of one",
                                 fmt::join(found, " and ")));
  }
  if (!found.empty()) return *found.begin();
  return std::ranges::any_of(keys, [&](const auto& key) { return key.starts_with(own); }) ? own : "";
}

bool is_loss(std::string_view name) {
  const std::string_view member = name.substr(0, name.find('.'));
  return std::ranges::count(kLosses, member) > 0 || member.starts_with("loss") || member.ends_with("loss") ||
         member.find("_loss_") != std::string_view::npos;
}

// LayerNorm's old names gamma and beta, from TensorFlow, as weight and bias.
std::string modern_name(std::string name) {
  const auto rename = [&](const std::string& old_end, const std::string& new_end) {
    if (name.ends_with(old_end)) name.replace(name.size() - old_end.size(), old_end.size(), new_end);
  };
  rename("LayerNorm.gamma", "LayerNorm.weight");
  rename("LayerNorm.beta", "LayerNorm.bias");
  return name;
}

bool is_classifier(std::string_view name) {
  return name.starts_with("classifier.") || name.starts_with("pre_classifier.");
}

}  // namespace

std::string encoder_prefix(ModelType type) { return type == ModelType::bert ? "bert." : "distilbert."; }

WeightNames weight_names(const WeightFiles& files, ModelType type) {
  const std::vector<std::string> keys = files.names();
  const std::string prefix = encoder_among(keys, type), own = encoder_prefix(type);
  const bool has_own = ends_in_member(prefix, own);
  const std::string wrapper = has_own ? prefix.substr(0, prefix.size() - own.size()) : prefix;
  WeightNames out;
  for (const std::string& key : keys) {
    const bool within = key.starts_with(prefix) && (has_own || is_inside(key.substr(prefix.size()), type));
    std::string name = key.starts_with(wrapper) ? key.substr(wrapper.size()) : key;
    if (within) name = modern_name(own + key.substr(prefix.size()));
    if (!within && out.keys.contains(name)) name.insert(0, wrapper);
    const auto [at, is_new] = out.keys.emplace(std::move(name), key);
    if (!is_new) throw ModelError(fmt::format("weights: {} and {} are the same tensor", at->second, key));
  }
  if (!wrapper.empty()) {
    out.warnings.push_back(
        fmt::format("weights: the names of the encoder's tensors begin with {}, which is left out", wrapper));
  }
  return out;
}

std::optional<ModelType> type_of_names(const std::vector<std::string>& keys) {
  for (const ModelType type : {ModelType::bert, ModelType::distilbert}) {
    if (ends_in_member(encoder_among(keys, type), encoder_prefix(type))) return type;
  }
  return std::nullopt;
}

ExtraTensor extra_tensor(const std::string& name, ModelType type) {
  const std::string own = encoder_prefix(type), embeddings = own + "embeddings.";
  if (name == embeddings + "position_ids" || name == embeddings + "token_type_ids")
    return ExtraTensor::buffer;
  if (name.starts_with(own)) return ExtraTensor::unknown;
  if (is_loss(name)) return ExtraTensor::loss;
  return begins_with_any(name, kOtherHeads) ? ExtraTensor::other_head : ExtraTensor::outside;
}

bool is_head(const std::string& name) { return is_classifier(name) || name.starts_with("bert.pooler."); }

std::string other_classifier(const WeightNames& names, const EncoderConfig& config) {
  if (!names.keys.contains("classifier.weight")) return "";
  for (const char* other : {"ForTokenClassification", "ForMultipleChoice"}) {
    if (config.architecture.ends_with(other)) return "config.json says that it is of " + config.architecture;
  }
  const std::string before = config.type == ModelType::bert ? "bert.pooler.dense" : "pre_classifier";
  if (names.keys.contains(before + ".weight")) return "";
  return "the files have no " + before + ", so it is a token classifier's";
}

}  // namespace hone
