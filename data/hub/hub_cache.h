#pragma once

#include <filesystem>
#include <string>

namespace hone {

struct ModelLocation {
  std::filesystem::path folder;  // holds config.json, the weights and the tokenizer's files
  std::string description;       // "folder", "folder model in it" or "hub cache, commit <40 hex digits>"
};

// The files of a model that a caller needs; each kind includes the ones before it.
enum class ModelParts { tokenizer, config, weights };

// Finds a model without network access: `name` is a model's folder, a folder whose folder `model` is one, or
// a hub id such as "distilbert-base-uncased", which is looked up in the cache that the Hugging Face clients
// keep (`revision`: a branch, a tag or a commit). Throws ModelError when it is not there or lacks a needed
// file; the message names what is missing, the addresses to get it from and where to put it.
ModelLocation resolve_model(const std::string& name, const std::string& revision = "main",
                            ModelParts needed = ModelParts::weights);

// The cache's root: $HF_HUB_CACHE, $HUGGINGFACE_HUB_CACHE, $HF_HOME/hub, $XDG_CACHE_HOME/huggingface/hub,
// ~/.cache/huggingface/hub, in this order; `~` and `$VAR` in them are expanded. ModelError without any of
// them and without HOME.
std::filesystem::path hub_cache_root();

}  // namespace hone
