#include "apps/run/run_checkpoints.h"

#include <fmt/format.h>

#include <algorithm>

#include <hone/core/error.h>
#include "apps/cli/device.h"
#include "apps/cli/recorded_run.h"
#include "core/build_config.h"
#include "data/files/sha256.h"
#include "nn/models/weights.h"
#include "train/optimizer_file.h"

namespace hone {
namespace {

template <class T>
std::string_view bytes_of(const std::vector<T>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

void add(Sha256& sha, const TaskSplit& split) {
  sha.add(fmt::format("{} {}\n", split.name, split.rows.size()));
  for (const EncodedRow& row : split.rows) {
    sha.add(fmt::format("{} {}\n", row.label, row.encoding.ids.size()));
    sha.add(bytes_of(row.encoding.ids)).add(bytes_of(row.encoding.types));
  }
}

std::string data_hash_of(const TaskData& data) {
  Sha256 sha;
  add(sha, data.train);
  add(sha, data.validation);
  if (data.test) add(sha, *data.test);
  return sha.hex();
}

std::string label_hash_of(const std::vector<std::string>& labels) {
  Sha256 sha;
  for (const std::string& label : labels) sha.add(fmt::format("{} {}\n", label.size(), label));
  return sha.hex();
}

// Checks the length of a run whose checkpoints were removed against its record.
void check_recorded_length(const FineTuneSpec& spec, const RunFolder& folder, const SettingTexts& now) {
  const auto recorded = recorded_settings(spec, folder.path());
  if (recorded && unlawful_differences(recipe_texts(*recorded), now).empty() &&
      !is_extended(recipe_texts(*recorded), now))
    return;
  throw UsageError(fmt::format(
      "--resume: {}: the run has ended with other settings, and without its checkpoints it cannot go on",
      folder.path().string()));
}

}  // namespace

std::optional<ResumePoint> find_resume_point(const FineTuneSpec& spec, const RunFolder& folder,
                                             const Settings& settings) {
  const Checkpoints store(folder.path());
  const bool finished = folder.result().has_value();
  const SettingTexts now = recipe_texts(settings);
  if (finished && store.empty()) {
    check_recorded_length(spec, folder, now);
    return std::nullopt;
  }
  ResumePoint point{store.find(), {}};
  const auto file = point.found.folder / "state.json";
  point.state = read_state(file);
  check_state(point.state, point.found.step, point.found.config_hash, file);
  check_resumed_settings(point.state.settings, now);
  point.extended = is_extended(point.state.settings, now);
  point.moved_model = point.state.settings["model"] != now.at("model");
  if (finished && !point.extended) return std::nullopt;
  return point;
}

RunCheckpoints::RunCheckpoints(RunFolder& folder, const Settings& settings, const TaskData& data,
                               const std::vector<std::string>& labels, Device device)
    : folder_(folder),
      store_(folder.path()),
      keep_(settings.keep),
      every_(settings.save_every),
      stopping_(settings.patience) {
  state_.seed = settings.seed;
  state_.settings = recipe_texts(settings);
  state_.data_hash = data_hash_of(data);
  state_.label_hash = label_hash_of(labels);
  state_.device = device_name(device);
  state_.version = kVersion;
}

std::vector<std::string> RunCheckpoints::resume(const ResumePoint& point) {
  const FoundCheckpoint& found = point.found;
  const RunState& then = point.state;
  if (then.data_hash != state_.data_hash ||
      (!then.label_hash.empty() && then.label_hash != state_.label_hash)) {
    throw UsageError(
        fmt::format("--resume: {}: the data, their labels or the tokenizer are not those of the run",
                    found.folder.string()));
  }
  std::vector<std::string> warnings;
  if (!found.passed_over.empty()) {
    warnings.push_back(
        fmt::format("{}; going on from {}", found.passed_over, found.folder.filename().string()));
  }
  for (const auto& [was, is] :
       {std::pair(then.device, state_.device), std::pair("hone " + then.version, "hone " + state_.version)}) {
    if (was != is)
      warnings.push_back(fmt::format("the run began with {}, this is {}: the last bits may differ", was, is));
  }
  state_.best = then.best;
  state_.without_improvement = then.without_improvement;
  stopping_ = {stopping_.patience(), then.best ? std::optional(then.best->value) : std::nullopt,
               then.without_improvement};
  saved_ = found.step;
  if (store_.pointed("latest") != saved_) store_.point("latest", *saved_);
  if (state_.best && state_.best->step == saved_) store_.point("best", *saved_);
  return warnings;
}

void RunCheckpoints::check_room(const Module& model) const {
  constexpr uint64_t kSmallFiles = 1 << 20;
  uint64_t bytes = kSmallFiles;
  for (const NamedParameter& named : model.parameters()) {
    const auto own = static_cast<uint64_t>(named.parameter->value().bytes());
    bytes += named.parameter->requires_grad() ? 3 * own : own;
  }
  store_.check_room(bytes);
}

bool RunCheckpoints::save(SequenceClassifier& model, const Trainer& trainer, double seconds) {
  const int64_t step = trainer.progress().steps;
  if (saved_ == step) return false;
  state_.progress = trainer.progress();
  state_.metrics_bytes = folder_.sync();
  state_.seconds = seconds;
  store_.save({step, hash_of(state_.settings), state_dict(model),
               optimizer_tensors(trainer.optimizer(), model), state_json(state_)});
  saved_ = step;
  store_.prune(keep_);
  return true;
}

void RunCheckpoints::evaluated(double value, SequenceClassifier& model, const Trainer& trainer,
                               double seconds) {
  const bool better = stopping_.add(value);
  state_.without_improvement = stopping_.without_improvement();
  if (!better) return;
  state_.best = {value, trainer.progress().steps};
  save(model, trainer, seconds);
  store_.point("best", state_.best->step);
  store_.prune(keep_);
}

}  // namespace hone
