#include "train/model_session.h"

#include <fmt/core.h>

#include <algorithm>
#include <future>
#include <tuple>
#include <utility>

#include <hone/core/error.h>
#include "core/host_region.h"

namespace hone {
namespace {

// Without files to compare with, what training takes (a value, its gradient and two moments) must fit into
// memory.
void check_random_size(const EncoderConfig& config, const std::filesystem::path& folder) {
  const uint64_t wanted = 4 * sizeof(float) * encoder_parameters(config), there = physical_memory();
  if (wanted <= there) return;
  throw Error(fmt::format("{}: training a model of this size takes more than {} MiB, this machine has {}",
                          folder.string(), wanted >> 20, there >> 20));
}

using Weights = std::pair<std::unique_ptr<SequenceClassifier>, LoadReport>;

Weights load(const std::filesystem::path& folder, EncoderConfig config, const ModelRequest& request) {
  const Dtype compute = request.dtype == "bf16" ? Dtype::bf16 : Dtype::f32;
  if (request.random) {
    check_random_size(config, folder);
    Weights weights{std::make_unique<SequenceClassifier>(std::move(config), Dtype::f32, compute),
                    LoadReport{}};
    weights.first->initialise(request.seed);
    return weights;
  }
  const WeightFiles files = WeightFiles::open(folder);
  check_size(config, files, folder);
  Weights weights{std::make_unique<SequenceClassifier>(std::move(config), Dtype::f32, compute), LoadReport{}};
  try {
    weights.second = load_weights(*weights.first, files, request.seed, request.new_head);
  } catch (const ModelError& error) {
    throw ModelError(folder.string() + ": " + error.what());
  }
  return weights;
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

ModelSession open_model(const ModelRequest& request) {
  const ModelLocation location =
      resolve_model(request.name, "main", request.random ? ModelParts::config : ModelParts::weights);
  auto tokenizer = std::async(std::launch::async, [&] { return load_tokenizer(location.folder); });
  EncoderConfig config = read_config(location.folder);
  if (!request.labels.empty()) config.labels = request.labels;  // a trained head of another size is refused
  auto weights = std::async(std::launch::async, [&] { return load(location.folder, config, request); });
  ModelSession session{location, tokenizer.get(), nullptr, {}};
  check_vocabulary_size(session.tokenizer, config.vocab_size);
  std::tie(session.model, session.report) = weights.get();
  if (request.needs_head && !session.report.trained_head()) {
    throw ModelError(
        fmt::format("{}: no trained classification head (the weights lack {}); fine-tune it first with sst2 "
                    "or qqp, or pass the folder of such a run",
                    location.folder.string(), session.report.fresh.front()));
  }
  session.model->to(request.device);
  return session;
}

int64_t parameter_count(const Module& module) {
  int64_t count = 0;
  for (const NamedParameter& named : module.parameters()) count += named.parameter->shape().elements();
  return count;
}

int64_t effective_length(std::optional<int64_t> asked, const ModelSession& session, bool pairs) {
  const int64_t least = pairs ? 5 : 3;
  const char* kind = pairs ? "pair" : "text";
  if (asked && *asked < least) {
    throw UsageError(fmt::format("--max-length {}: a {} needs at least {} tokens", *asked, kind, least));
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
