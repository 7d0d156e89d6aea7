#include "apps/inspection.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <optional>

#include <hone/core/error.h>
#include "core/quote.h"
#include "data/files/files.h"
#include "data/hub/weight_files.h"
#include "nn/models/model_files.h"
#include "train/model_session.h"

namespace hone {
namespace {

namespace fs = std::filesystem;

// Adds a check whose text is the result of `action`, or the error that it throws. Returns true when it is
// sound.
bool check(Inspection& out, const std::string& name, const std::function<std::string()>& action) {
  try {
    out.checks.push_back({name, true, action()});
  } catch (const Error& error) {
    out.checks.push_back({name, false, error.what()});
  }
  return out.checks.back().sound;
}

// Reads a tensor, which finds damaged bytes; throws when a float is not finite.
void check_values(const TensorFile& file, const TensorInfo& tensor) {
  static constexpr std::string_view kFloats[] = {"F32", "F16", "BF16", "F64"};
  if (std::ranges::count(kFloats, tensor.dtype) == 0) {
    std::vector<std::byte> bytes(tensor.end - tensor.begin);
    return file.read_bytes(tensor, bytes);
  }
  std::vector<float> values(tensor.elements());
  file.read_f32(tensor, values);
  const auto bad = std::ranges::find_if_not(values, [](float x) { return std::isfinite(x); });
  if (bad == values.end()) return;
  throw ModelError(fmt::format("{}: tensor {} holds {} at element {}: not finite", file.path().string(),
                               shown(tensor.name), *bad, bad - values.begin()));
}

// Reads the values of all tensors, up to a limit: a torch file's tensors can share memory and repeat it by
// strides, so that a small file claims any amount.
std::string check_all_values(std::span<const TensorFile> files) {
  constexpr uint64_t kSlack = 4, kSmallest = 1 << 20;
  uint64_t values = 0, skipped = 0;
  for (const TensorFile& file : files) {
    uint64_t left = kSlack * file.stored_elements() + kSmallest;
    for (const TensorInfo& tensor : file.tensors()) {
      if (tensor.elements() > left) {
        ++skipped;
        continue;
      }
      left -= tensor.elements();
      values += tensor.elements();
      check_values(file, tensor);
    }
  }
  if (skipped > 0)
    return fmt::format("{} values read, {} tensors that share memory many times over were not", values,
                       skipped);
  return fmt::format("all {} read, none is NaN or infinite", values);
}

// Adds the lines that are not there yet: two checks may find the same oddity.
void add_warnings(Inspection& out, const std::vector<std::string>& lines) {
  for (const std::string& line : lines) {
    if (std::ranges::count(out.warnings, line) == 0) out.warnings.push_back(line);
  }
}

void add_tensors(Inspection& out, std::vector<TensorInfo> tensors) {
  out.tensors = std::move(tensors);
  std::ranges::sort(out.tensors, {}, &TensorInfo::name);
}

Inspection inspect_file(const fs::path& path) {
  Inspection out{
      .path = path.string(), .kind = "file", .metadata = {}, .tensors = {}, .checks = {}, .warnings = {}};
  std::vector<TensorFile> files;
  const bool opened = check(out, "file", [&] {
    files.push_back(TensorFile::open(path, TensorFile::format_of(path)));
    return fmt::format("{} tensors, each with the bytes that its shape and dtype need",
                       files[0].tensors().size());
  });
  if (!opened) return out;
  out.kind = files[0].kind();
  out.metadata = files[0].metadata();
  out.warnings = files[0].warnings();
  add_tensors(out, files[0].tensors());
  check(out, "values", [&] { return check_all_values(files); });
  return out;
}

std::string config_text(const EncoderConfig& config) {
  return fmt::format("{}, {} layers, hidden size {}, {} heads, {} positions, vocabulary of {}, labels {}",
                     name_of(config.type), config.layers, config.hidden_size, config.heads,
                     config.max_positions, config.vocab_size, config.labels.size());
}

void check_tokenizer(Inspection& out, const fs::path& folder) {
  check(out, "tokenizer", [&] {
    const LoadedTokenizer loaded = load_tokenizer(folder);
    add_warnings(out, loaded.warnings);
    if (out.checks.front().sound) check_vocabulary_size(loaded, read_config(folder).vocab_size);
    return fmt::format("{} tokens, {}", loaded.tokenizer.vocabulary().size(),
                       loaded.options.lower_case ? "lower-cased" : "cased");
  });
}

bool check_weights(Inspection& out, const fs::path& folder) {
  std::optional<WeightFiles> weights;
  const bool opened = check(out, "weights", [&] {
    weights = WeightFiles::open(folder);
    const std::vector<TensorFile>& files = weights->files();
    add_warnings(out, weights->warnings());
    std::vector<TensorInfo> tensors;
    for (const std::string& name : weights->names()) tensors.push_back(*weights->find(name));
    add_tensors(out, std::move(tensors));
    if (files.empty()) throw ModelError(folder.string() + ": the index of the weights maps no tensor");
    out.metadata = files[0].metadata();
    return fmt::format("{} ({}{})", files[0].path().filename().string(), files[0].kind(),
                       files.size() > 1 ? fmt::format(", first of {}", files.size()) : "");
  });
  return opened && check(out, "values", [&] { return check_all_values(weights->files()); });
}

// Loads the weights as a program would: names and shapes must be those of the config.
void check_model(Inspection& out, const fs::path& folder) {
  check(out, "model", [&] {
    const ModelFiles files = open_model_files(folder, {});
    check_size(files.config, *files.weights, folder);
    SequenceClassifier model(files.config);
    const LoadReport report = load_weights(model, *files.weights, 0, files.drops_head);
    add_warnings(out, files.config.warnings);
    add_warnings(out, report.warnings);
    return fmt::format("{}, {} a trained head", report.line(), report.trained_head() ? "with" : "without");
  });
}

Inspection inspect_folder(const fs::path& path) {
  const bool is_run = !present(path / "config.json") && fs::is_directory(path / "model");
  const fs::path folder = is_run ? path / "model" : path;
  Inspection out{.path = folder.string(),
                 .kind = is_run ? "model of a run folder" : "model folder",
                 .metadata = {},
                 .tensors = {},
                 .checks = {},
                 .warnings = {}};
  const bool config = check(out, "config", [&] { return config_text(read_config(folder)); });
  check_tokenizer(out, folder);
  const bool weights = check_weights(out, folder);
  if (config && weights) check_model(out, folder);
  return out;
}

}  // namespace

const Check* Inspection::first_unsound() const {
  const auto found = std::ranges::find(checks, false, &Check::sound);
  return found == checks.end() ? nullptr : &*found;
}

Inspection inspect_path(const fs::path& path) {
  std::error_code ignored;
  if (fs::is_directory(path, ignored)) return inspect_folder(path);
  if (!present(path)) throw ModelError(path.string() + ": no such file or folder");
  return inspect_file(path);
}

}  // namespace hone
