#include "apps/run/run_state.h"

#include "data/files/files.h"
#include "data/files/sha256.h"
#include "data/json/json.h"
#include "data/json/json_writer.h"
#include "train/training_progress.h"

namespace hone {
namespace {

constexpr uint64_t kMostBytes = 1 << 20;

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
  if (const Json& best = json.at("best"); !best.is_null()) {
    state.best = {best.at("value").as_number(best.where("value")),
                  best.at("step").as_int(best.where("step"))};
  }
  state.without_improvement = number("without_improvement");
  state.metrics_bytes = static_cast<uint64_t>(number("metrics_bytes"));
  state.seconds = json.get_number("seconds", 0);
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

std::string hash_of(const std::map<std::string, std::string>& settings) {
  Sha256 sha;
  for (const auto& [name, value] : settings) sha.add(name).add("=").add(value).add("\n");
  return sha.hex();
}

}  // namespace hone
