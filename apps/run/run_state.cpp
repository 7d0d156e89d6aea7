#include "apps/run/run_state.h"

#include <fmt/core.h>

#include <algorithm>
#include <limits>
#include <vector>

#include <hone/core/error.h>
#include "data/files/files.h"
#include "data/files/sha256.h"
#include "data/json/json.h"
#include "data/json/json_writer.h"
#include "train/training_progress.h"

namespace hone {
namespace {

constexpr uint64_t kMostBytes = 1 << 20;

// A whole number of a state, and the range that the other fields leave it.
struct Field {
  const char* name;
  int64_t value, least, most;
};

std::vector<Field> fields_of(const RunState& state, int64_t step) {
  constexpr int64_t kMost = std::numeric_limits<int64_t>::max();
  const TrainingProgress& p = state.progress;
  const int64_t begun = step > 0 ? 1 : 0, best = state.best ? state.best->step : 0;
  const int64_t updates = step - std::clamp<int64_t>(p.skipped, 0, step);
  return {{"step", p.steps, step, step},
          {"skipped_steps", p.skipped, 0, step},
          {"schedule_step", p.updates, updates, updates},
          {"skipped_in_a_row", p.skipped_in_a_row, 0, p.skipped},
          {"epoch", p.epoch, begun, kMost},
          {"next_row", p.next_row, begun, p.epoch > 0 ? kMost : 0},
          {"step of the best evaluation", best, 0, step},
          {"without_improvement", state.without_improvement, 0, state.best ? p.epoch : 0},
          {"metrics_bytes", static_cast<int64_t>(state.metrics_bytes), 1, kMost}};
}

}  // namespace

std::string state_json(const RunState& state) {
  JsonWriter json(JsonWriter::Style::indented);
  json.begin_object();
  write_progress(json, state.progress);
  json.field("loss_scale", 1.0).field("seed", state.seed);
  json.key("best");
  if (state.best) {
    json.begin_object().field("value", state.best->value).field("step", state.best->step).end_object();
  } else {
    json.value(nullptr);
  }
  json.field("without_improvement", state.without_improvement).field("metrics_bytes", state.metrics_bytes);
  json.field("seconds", state.seconds).field("data_hash", state.data_hash).field("device", state.device);
  json.field("label_hash", state.label_hash);
  json.field("version", state.version).key("settings").begin_object();
  for (const auto& [name, value] : state.settings) json.field(name, value);
  return json.end_object().end_object().str() + "\n";
}

RunState read_state(const std::filesystem::path& file) {
  const Json json = parse_json(read_file(file, kMostBytes), file.string());
  const auto number = [&](const char* name) { return json.at(name).as_int(json.where(name)); };
  const auto text = [&](const char* name) { return json.at(name).as_string(json.where(name)); };
  RunState state;
  state.progress = read_progress(json);
  if (json.at("loss_scale").as_number(json.where("loss_scale")) != 1)
    throw Error(json.where("loss_scale") + ": expected 1, which every run has");
  if (const Json& best = json.at("best"); !best.is_null()) {
    state.best = {best.at("value").as_number(best.where("value")),
                  best.at("step").as_int(best.where("step"))};
  }
  state.without_improvement = number("without_improvement");
  state.metrics_bytes = static_cast<uint64_t>(number("metrics_bytes"));
  state.seconds = json.at("seconds").as_number(json.where("seconds"));
  state.seed = number("seed");
  state.data_hash = text("data_hash");
  state.label_hash = json.get_string("label_hash", "");
  state.device = text("device");
  state.version = text("version");
  for (const auto& [name, value] : json.at("settings").as_object(json.where("settings"))) {
    state.settings[name] = value.as_string(json.where("settings"));
  }
  return state;
}

void check_state(const RunState& state, int64_t step, const std::string& config_hash,
                 const std::filesystem::path& file) {
  const auto refuse = [&](const std::string& field, const std::string& found, const std::string& expected) {
    throw Error(fmt::format("{}: {} is {}, expected {}; the checkpoint contradicts itself", file.string(),
                            field, found, expected));
  };
  for (const auto& [name, value, least, most] : fields_of(state, step)) {
    if (value >= least && value <= most) continue;
    refuse(name, std::to_string(value),
           least == most
               ? std::to_string(least)
               : fmt::format(
                     "{} or more{}", least,
                     most == std::numeric_limits<int64_t>::max() ? "" : fmt::format(", at most {}", most)));
  }
  if (!(state.seconds >= 0)) refuse("seconds", fmt::format("{}", state.seconds), "0 or more");
  if (hash_of(state.settings) != config_hash)
    refuse("settings", "not of the manifest's hash", "those of the run");
  const auto seed = state.settings.find("seed");
  if (seed == state.settings.end() || seed->second != std::to_string(state.seed))
    refuse("seed", std::to_string(state.seed), "that of the settings");
}

std::string hash_of(const std::map<std::string, std::string>& settings) {
  Sha256 sha;
  for (const auto& [name, value] : settings) sha.add(name).add("=").add(value).add("\n");
  return sha.hex();
}

}  // namespace hone
