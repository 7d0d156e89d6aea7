#include "apps/run/run_record.h"

#include "apps/cli/device.h"
#include "apps/cli/resources.h"
#include "apps/run/figures_json.h"
#include "apps/run/run_state.h"
#include "core/build_config.h"
#include "core/device_runtime.h"
#include "data/files/files.h"
#include "data/files/sha256.h"
#include "data/hub/weight_files.h"

namespace hone {
namespace {

namespace fs = std::filesystem;

void write_origin(JsonWriter& json, const RunRecord& run) {
  json.field("program", run.spec.program).field("version", kVersion).field("time", iso_time_now());
  json.field("command", run.command).field("compute", device_text(run.device, run.settings.compute.dtype));
  json.field("model_folder", run.model_folder.string()).field("max_length", run.max_length);
  if (run.runs > 1) json.field("runs", run.runs).field("first_seed", run.first_seed);
}

// The last evaluation of a split; null when there is none.
const EvaluatedSplit* last_of(const std::string& split, const std::vector<EvaluatedSplit>& evaluations) {
  const EvaluatedSplit* last = nullptr;
  for (const EvaluatedSplit& one : evaluations) {
    if (one.split == split) last = &one;
  }
  return last;
}

}  // namespace

std::string run_json(const RunRecord& run) {
  JsonWriter json(JsonWriter::Style::indented);
  json.begin_object();
  write_origin(json, run);
  json.key("settings").begin_object();
  write_settings(json, run.settings);
  return json.end_object().field("recipe_hash", hash_of(recipe_texts(run.settings))).end_object().str() +
         "\n";
}

FileHashes file_hashes(const fs::path& model_folder, bool with_weights) {
  std::vector<std::string> names{"config.json", "tokenizer.json", "tokenizer_config.json", "vocab.txt"};
  if (with_weights) {
    const WeightFiles weights = WeightFiles::open(model_folder);
    for (const TensorFile& file : weights.files()) names.push_back(file.path().filename().string());
  }
  FileHashes hashes;
  for (const std::string& name : names) {
    if (present(model_folder / name)) hashes[name] = digest_of_file(model_folder / name).sha256;
  }
  return hashes;
}

std::string start_event(const RunRecord& run, const FileHashes& files, const std::string& data_hash) {
  JsonWriter json;
  json.begin_object().field("event", "start");
  write_origin(json, run);
  json.field("seed", run.settings.seed).field("dtype", name_of(run.settings.compute.dtype));
  json.field("preset", word_of(kPresets, run.settings.preset)).key("data").begin_object();
  write_counts(json, run.data.train);
  write_counts(json, run.data.validation);
  if (run.data.test) write_counts(json, *run.data.test);
  json.field("hash", data_hash).end_object().key("file_hashes").begin_object();
  for (const auto& [name, hash] : files) json.field(name, hash);
  return json.end_object().end_object().str();
}

std::string result_event(const RunResult& result) {
  JsonWriter json;
  json.begin_object().field("event", "result").field("steps", result.steps).field("epochs", result.epochs);
  for (const char* split : {"validation", "test"}) {
    const EvaluatedSplit* last = last_of(split, result.evaluations);
    if (last == nullptr) continue;
    json.key(split).begin_object();
    write_figures(json, last->figures);
    json.end_object();
  }
  json.field("seconds", result.seconds).field("peak_memory_bytes", peak_memory_bytes());
  if (!result.device.is_cpu())
    json.field("device_peak_memory_bytes", static_cast<uint64_t>(runtime_of(result.device).peak()));
  return json.field("model", result.saved_folder).end_object().str();
}

}  // namespace hone
