#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <hone/nn/models/classifier.h>
#include "data/hub/hub_cache.h"
#include "data/tokenizer/tokenizer_files.h"
#include "nn/models/weights.h"

namespace hone {

struct ModelRequest {
  std::string name;                      // a folder, or an id on the hub
  std::vector<std::string> labels = {};  // of the task; empty: those of the config
  bool random = false;                   // initial weights instead of the folder's
  bool needs_head = false;               // refuse a model without a trained head
  bool new_head = false;                 // do not load the head that the model has
  uint64_t seed = 42;                    // of new weights
  Dtype dtype = Dtype::f32;              // what to compute in: f32 or bf16
  Device device = {};                    // and on
};

// A model with all that belongs to it, ready to run.
struct ModelSession {
  ModelLocation location;
  LoadedTokenizer tokenizer;
  std::unique_ptr<SequenceClassifier> model;
  LoadReport report;  // empty for random weights

  const EncoderConfig& config() const { return model->config(); }
};

// Finds and loads a model. Throws ModelError for one that is absent, damaged or unfit.
ModelSession open_model(const ModelRequest& request);

// A config may claim any size: throws ModelError when it describes several times the values that the files
// hold, before anything is built from it. (Were it just more than all of them, a missing tensor could not be
// named.)
void check_size(const EncoderConfig& config, const WeightFiles& files, const std::filesystem::path& folder);

// How many values all parameters have together.
int64_t parameter_count(const Module& module);

// The number of tokens that texts are cut to: the least of what is asked for, what the tokenizer's files
// allow and the model's positions. UsageError when fewer are asked for than a text (or pair) needs,
// ModelError when the model has no room.
int64_t effective_length(std::optional<int64_t> asked, const ModelSession& session, bool pairs);

}  // namespace hone
