#include "nn/models/model_files.h"

#include <fmt/core.h>

#include <hone/core/error.h>
#include "nn/models/weight_names.h"

namespace hone {
namespace {

// The head that the files have.
struct FoundHead {
  bool usable = false;    // it classifies whole texts
  std::string otherwise;  // a line that says why it does not
};

FoundHead find_head(const WeightFiles& weights, const EncoderConfig& config) {
  const WeightNames names = weight_names(weights, config.type);
  const auto classifier = names.keys.find("classifier.weight");
  if (classifier == names.keys.end()) return {};
  const std::string reason = other_classifier(names, config);
  if (reason.empty()) return {.usable = true, .otherwise = {}};
  return {.usable = false,
          .otherwise = fmt::format("weights: {} is no head for whole texts: {}", classifier->second, reason)};
}

// Reads the config with the labels that its file describes. For a new head a description that cannot be used
// is no error: its labels are then LABEL_0 and LABEL_1.
EncoderConfig with_own_labels(const std::filesystem::path& folder, bool keeps_head, bool replaceable) {
  try {
    return read_config(folder, ConfigHead::used);
  } catch (const ModelError& error) {
    const std::string problem = error.what();
    if (keeps_head && !replaceable) throw;
    if (keeps_head)
      throw ModelError(problem + "; that is of the head it has, new_head begins with another", {"new_head"});
    EncoderConfig config = read_config(folder, ConfigHead::ignored);
    config.warnings.push_back(problem + "; the new head's labels are LABEL_0 and LABEL_1");
    return config;
  }
}

}  // namespace

ModelFiles open_model_files(const std::filesystem::path& folder, const HeadRequest& request) {
  ModelFiles files{.config = read_config(folder, ConfigHead::ignored), .weights = {}};
  FoundHead head;
  if (!request.random_weights) {
    files.weights = WeightFiles::open(folder);
    if (!request.fresh) head = find_head(*files.weights, files.config);
  }
  files.keeps_head = head.usable;
  if (request.labels.empty() || (files.keeps_head && !request.renames)) {
    files.config = with_own_labels(folder, files.keeps_head, request.replaceable);
  } else {
    files.config.labels = request.labels;
  }
  files.drops_head = request.fresh || !head.otherwise.empty();
  files.other_head = head.otherwise;
  if (!head.otherwise.empty()) files.config.warnings.push_back(head.otherwise);
  return files;
}

}  // namespace hone
