#include "nn/models/weight_names.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <span>
#include <string_view>

#include <hone/core/error.h>

namespace hone {
namespace {

// The prefixes that DataParallel, Lightning and torch.compile put before a net's names.
constexpr std::array<std::string_view, 3> kWrappers{"module.", "model.", "_orig_mod."};
// Losses that are members of a net leave their class weights in its state dict.
constexpr std::array<std::string_view, 5> kLosses{"loss_fct.", "loss_fn.", "loss_func.", "criterion.",
                                                  "loss."};
// The heads of transformers' other BERT and DistilBERT classes.
constexpr std::array<std::string_view, 8> kOtherHeads{
    "cls.",     "qa_outputs.", "vocab_transform.", "vocab_layer_norm.", "vocab_projector.",
    "lm_head.", "crf.",        "token_classifier."};

bool begins_with_any(std::string_view name, std::span<const std::string_view> prefixes) {
  return std::ranges::any_of(prefixes, [&](std::string_view prefix) { return name.starts_with(prefix); });
}

// The wrappers' prefixes that all names but a loss function's begin with, as one: "module._orig_mod.".
std::string wrapper_of(const std::vector<std::string>& keys) {
  std::string prefix;
  const auto shared = [&](std::string_view wrapper) {
    const std::string longer = prefix + std::string(wrapper);
    return std::ranges::all_of(
               keys,
               [&](const auto& key) { return key.starts_with(longer) || begins_with_any(key, kLosses); }) &&
           std::ranges::any_of(keys, [&](const auto& key) { return key.starts_with(longer); });
  };
  for (bool found = true; found;) {
    const auto wrapper = std::ranges::find_if(kWrappers, shared);
    found = wrapper != kWrappers.end();
    if (found) prefix += *wrapper;
  }
  return prefix;
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
  const std::string wrapper = wrapper_of(keys), base = encoder_prefix(type);
  const bool add_base =
      std::ranges::none_of(keys, [&](const auto& key) { return key.starts_with(wrapper + base); });
  WeightNames out;
  for (const std::string& key : keys) {
    std::string name = modern_name(key.starts_with(wrapper) ? key.substr(wrapper.size()) : key);
    const bool other =
        is_classifier(name) || begins_with_any(name, kOtherHeads) || begins_with_any(name, kLosses);
    if (add_base && !other) name.insert(0, base);
    const auto [at, is_new] = out.keys.emplace(std::move(name), key);
    if (!is_new) throw ModelError(fmt::format("weights: {} and {} are the same tensor", at->second, key));
  }
  if (!wrapper.empty()) {
    out.warnings.push_back(
        fmt::format("weights: the names of all tensors begin with {}, which is left out", wrapper));
  }
  return out;
}

std::optional<ModelType> type_of_names(const std::vector<std::string>& keys) {
  const std::string wrapper = wrapper_of(keys);
  for (const ModelType type : {ModelType::bert, ModelType::distilbert}) {
    const std::string start = wrapper + encoder_prefix(type);
    if (std::ranges::any_of(keys, [&](const auto& key) { return key.starts_with(start); })) return type;
  }
  return std::nullopt;
}

bool is_expected_extra(const std::string& name, ModelType type) {
  const std::string embeddings = encoder_prefix(type) + "embeddings.";
  return name == embeddings + "position_ids" || name == embeddings + "token_type_ids" ||
         begins_with_any(name, kOtherHeads) || begins_with_any(name, kLosses);
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
