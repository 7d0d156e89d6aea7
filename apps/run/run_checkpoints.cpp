#include "apps/run/run_checkpoints.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <limits>

#include <hone/core/error.h>
#include "apps/cli/device.h"
#include "apps/run/runs.h"
#include "core/build_config.h"
#include "data/files/files.h"
#include "data/files/parse_number.h"
#include "data/files/sha256.h"
#include "data/json/json.h"
#include "nn/models/weights.h"
#include "train/optimizer_file.h"

namespace hone {
namespace {

using Texts = std::map<std::string, std::string>;

std::string text_at(const Texts& settings, const std::string& name) {
  const auto found = settings.find(name);
  return found == settings.end() ? "none" : found->second;
}

// True when a finished run may be extended: with a constant learning rate a longer run begins like the
// shorter one, unless its warm-up is a share of all steps.
bool may_grow(const Settings& settings) {
  return settings.schedule == ScheduleKind::constant && (settings.warmup == 0 || settings.warmup >= 1);
}

// True when a limit has become larger; "all" means no limit.
bool larger(const std::string& before, const std::string& now) {
  constexpr int64_t kNone = std::numeric_limits<int64_t>::max();
  return parse_number<int64_t>(now).value_or(kNone) > parse_number<int64_t>(before).value_or(kNone);
}

std::vector<std::string> unlawful_differences(const Texts& before, const Texts& now, bool may_grow) {
  Texts all = before;
  all.insert(now.begin(), now.end());
  std::vector<std::string> out;
  for (const auto& [name, ignored] : all) {
    const std::string was = text_at(before, name), is = text_at(now, name);
    const bool length = name == "epochs" || name == "max-steps";
    if (was == is || (length && may_grow && larger(was, is))) continue;
    out.push_back(fmt::format("{} {} ({})", name, is, was));
  }
  return out;
}

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

// Checks the settings of a run whose checkpoints were removed against its record.
void check_recorded_recipe(const std::filesystem::path& file, const Texts& now) {
  constexpr uint64_t kMostBytes = 1 << 20;
  const Json record = parse_json(read_file(file, kMostBytes), file.string());
  if (record.get_string("recipe_hash", "") == hash_of(now)) return;
  throw UsageError(fmt::format(
      "--resume: {}: the run has ended with other settings, and without its checkpoints it cannot go on",
      file.string()));
}

}  // namespace

std::optional<ResumePoint> find_resume_point(const RunFolder& folder, const Settings& settings) {
  const Checkpoints store(folder.path());
  if (settings.runs == 1 && holds_runs(folder.path())) {
    throw UsageError(fmt::format("--resume: {} holds several runs; give the --runs that they were made with",
                                 folder.path().string()));
  }
  const bool finished = folder.result().has_value();
  const Texts now = recipe_texts(settings);
  if (finished && store.empty()) {
    check_recorded_recipe(folder.path() / "run.json", now);
    return std::nullopt;
  }
  ResumePoint point{store.find(), {}};
  point.state = read_state(point.found.folder / "state.json");
  const auto differences = unlawful_differences(point.state.settings, now, may_grow(settings));
  if (!differences.empty()) {
    throw UsageError(
        fmt::format("--resume: other settings than the run's: {}; give the run's own, in brackets",
                    fmt::join(differences, ", ")));
  }
  point.extended = hash_of(now) != point.found.config_hash;
  if (finished && !point.extended) return std::nullopt;
  return point;
}

RunCheckpoints::RunCheckpoints(RunFolder& folder, const Settings& settings, const TaskData& data,
                               Device device)
    : folder_(folder),
      store_(folder.path()),
      keep_(settings.keep),
      every_(settings.save_every),
      stopping_(settings.patience) {
  state_.seed = settings.seed;
  state_.settings = recipe_texts(settings);
  state_.data_hash = data_hash_of(data);
  state_.device = device_name(device);
  state_.version = kVersion;
}

std::vector<std::string> RunCheckpoints::resume(const ResumePoint& point) {
  const auto& [found, then, extended] = point;
  if (then.data_hash != state_.data_hash) {
    throw UsageError(fmt::format("--resume: {}: the data, or the tokenizer, are not those of the run",
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
