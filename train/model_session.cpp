#include "train/model_session.h"

#include <fmt/core.h>

#include <algorithm>
#include <future>
#include <tuple>
#include <utility>

#include <hone/core/error.h>
#include "core/host_region.h"
#include "nn/models/model_files.h"

namespace hone {
namespace {

// Throws Error when a model with random weights, for which no file limits the size, does not fit into memory
// with the gradients and two moments that training needs.
void check_random_size(const EncoderConfig& config, const std::filesystem::path& folder) {
  const uint64_t wanted = 4 * sizeof(float) * encoder_parameters(config), there = physical_memory();
  if (wanted <= there) return;
  throw Error(fmt::format("{}: training a model of this size takes more than {} MiB, this machine has {}",
                          folder.string(), wanted >> 20, there >> 20));
}

using Weights = std::pair<std::unique_ptr<SequenceClassifier>, LoadReport>;

Weights load(const std::filesystem::path& folder, const ModelFiles& files, const ClassifierOptions& options) {
  const auto make = [&] {
    return Weights{std::make_unique<SequenceClassifier>(files.config, Dtype::f32, options.dtype),
                   LoadReport{}};
  };
  if (!files.weights) {
    check_random_size(files.config, folder);
    Weights weights = make();
    weights.first->initialise(options.seed);
    return weights;
  }
  check_size(files.config, *files.weights, folder);
  Weights weights = make();
  try {
    weights.second = load_weights(*weights.first, *files.weights, options.seed, files.drops_head);
  } catch (const ModelError& error) {
    throw ModelError(folder.string() + ": " + error.what(), error.settings());
  }
  return weights;
}

void check_head(const ModelSession& session, const std::string& other_head) {
  if (session.report.trained_head()) return;
  throw ModelError(
      fmt::format(
          "{}: no trained classification head ({}); train one first with fine_tune, or load a model that "
          "has one",
          session.location.folder.string(),
          other_head.empty() ? "the weights lack " + session.report.fresh.front() : other_head),
      {"fine_tune"});
}

}  // namespace

void check_size(const EncoderConfig& config, const WeightFiles& files, const std::filesystem::path& folder) {
  constexpr uint64_t kSlack = 4, kSmallest = uint64_t{1} << 20;
  const uint64_t wanted = encoder_parameters(config), held = files.elements();
  if (wanted <= kSlack * std::min(held, UINT64_MAX / kSlack / 2) + kSmallest) return;
  throw ModelError(fmt::format(
      "{}: config.json describes {} weights, the weight files hold {}; they do not belong together",
      folder.string(), wanted, held));
}

std::unique_ptr<ModelSession> open_model(const std::string& name, const ClassifierOptions& options) {
  const ModelLocation location =
      resolve_model(name, "main", options.random_weights ? ModelParts::config : ModelParts::weights);
  auto tokenizer = std::async(std::launch::async, [&] { return load_tokenizer(location.folder); });
  const ModelFiles files =
      open_model_files(location.folder, {.random_weights = options.random_weights,
                                         .fresh = options.head == Head::fresh,
                                         .renames = options.head == Head::trained,
                                         .replaceable = options.head == Head::trained_or_fresh,
                                         .labels = options.labels});
  auto weights = std::async(std::launch::async, [&] { return load(location.folder, files, options); });
  auto session = std::make_unique<ModelSession>(location, tokenizer.get());
  check_vocabulary_size(session->tokenizer, files.config.vocab_size);
  std::tie(session->model, session->report) = weights.get();
  if (options.head == Head::trained) check_head(*session, files.other_head);
  session->warnings = files.config.warnings;
  for (const auto& lines : {session->tokenizer.warnings, session->report.warnings})
    session->warnings.insert(session->warnings.end(), lines.begin(), lines.end());
  session->model->to(options.device);
  session->model->eval();
  session->batch_size = options.batch_size;
  return session;
}

int64_t effective_length(std::optional<int64_t> asked, const ModelSession& session, bool pairs) {
  const int64_t least = pairs ? 5 : 3;
  const char* kind = pairs ? "pair" : "text";
  if (asked && *asked < least) {
    throw UsageError(fmt::format("max_length {}: a {} needs at least {} tokens", *asked, kind, least),
                     {"max_length"});
  }
  int64_t limit = session.config().max_positions;
  if (session.tokenizer.model_max_length > 0) limit = std::min(limit, session.tokenizer.model_max_length);
  if (limit < least) {
    throw ModelError(fmt::format("{}: the model takes {} tokens, a {} needs at least {}",
                                 session.location.folder.string(), limit, kind, least));
  }
  return std::min(limit, asked.value_or(limit));
}

}  // namespace hone
