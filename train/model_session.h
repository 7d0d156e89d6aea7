#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <hone/nn/models/classifier.h>
#include <hone/train/text_classifier.h>
#include "data/hub/hub_cache.h"
#include "data/tokenizer/tokenizer_files.h"
#include "nn/fixed_weights.h"
#include "nn/models/weights.h"

namespace hone {

// A model with its tokenizer and settings, ready to run: the inside of TextClassifier and TextEncoder.
struct ModelSession {
  ModelSession(ModelLocation where, LoadedTokenizer loaded)
      : location(std::move(where)), tokenizer(std::move(loaded)) {}

  ModelLocation location;
  LoadedTokenizer tokenizer;
  std::unique_ptr<SequenceClassifier> model;
  LoadReport report = {};  // empty for random weights

  int64_t max_length = 0;  // tokens
  int64_t batch_size = 0;
  std::vector<std::string> warnings = {};
  // Locked during a prediction: threads take turns. The first prediction makes the promise that lets weights
  // stay packed.
  std::mutex turn = {};
  struct Promise {
    explicit Promise(const Module& module) : weights(fixed_weights(module)) {}
    FixedWeights weights;
  };
  std::optional<Promise> fixed = {};

  const EncoderConfig& config() const { return model->config(); }
};

// Finds and loads a model. Throws ModelError when it is absent, damaged or of an unsupported kind.
std::unique_ptr<ModelSession> open_model(const std::string& name, const ClassifierOptions& options);

// Throws ModelError when a config, which may claim any size, describes several times the values that the
// files hold; called before anything is built from it. (Were it just more than all of them, a missing tensor
// could not be named.)
void check_size(const EncoderConfig& config, const WeightFiles& files, const std::filesystem::path& folder);

// The number of tokens that texts are cut to: the least of what is asked for, what the tokenizer's files
// allow and the model's positions. UsageError when fewer are asked for than a text (or pair) needs,
// ModelError when the model has no room.
int64_t effective_length(std::optional<int64_t> asked, const ModelSession& session, bool pairs);

}  // namespace hone
