#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <hone/nn/models/config.h>
#include "data/hub/weight_files.h"

namespace hone {

// Which head a model gets from its files. Labels are names by id; empty: those of config.json.
struct HeadRequest {
  bool random_weights = false;  // no weights are read
  bool fresh = false;           // a head in the files is left out
  bool renames = false;         // the labels also rename those of a head that is kept
  bool replaceable = false;     // messages may advise a new head
  std::vector<std::string> labels = {};
};

// A model folder's config and weights, opened, and what becomes of their head.
struct ModelFiles {
  EncoderConfig config;                // with the labels that the model will have
  std::optional<WeightFiles> weights;  // none for random weights
  bool keeps_head = false;             // the files have a head that classifies whole texts, and it is kept
  bool drops_head = false;             // the files' head is left out: as asked for, or because of other_head
  std::string other_head = {};         // a line that says why their classifier is no head for whole texts
};

// Reads config.json and opens the weights. Keys of config.json that only describe a head are looked at where
// it is kept, or where it gives the labels. A classifier that is not one of whole texts is no head, which is
// warned of (config.warnings). Throws ModelError for what is missing, damaged or not supported.
ModelFiles open_model_files(const std::filesystem::path& folder, const HeadRequest& request);

}  // namespace hone
