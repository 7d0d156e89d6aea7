#include "apps/cli/recorded_run.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <limits>
#include <string_view>

#include <hone/core/error.h>
#include "apps/cli/settings_table.h"
#include "core/nearest.h"
#include "core/quote.h"
#include "data/files/files.h"
#include "data/files/parse_number.h"

namespace hone {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kMostBytes = 1 << 20;
constexpr const char* kRecord = "run.json";

constexpr std::string_view kPaths[] = {"model", "data", "train-file", "validation-file", "test-file"};
constexpr std::string_view kLengths[] = {"epochs", "max-steps"};
// Options that change how a run is shown or computed, not its result.
constexpr std::string_view kFree[] = {"output",   "save-every", "keep",    "quiet", "log",    "color",
                                      "progress", "log-every",  "profile", "ranks", "threads"};

template <size_t N>
bool contains(const std::string_view (&names)[N], std::string_view name) {
  return std::ranges::find(names, name) != std::end(names);
}

void apply_member(const std::vector<Setting>& table, const std::string& key, const Json& value) {
  const auto found = std::ranges::find_if(table, [&](const Setting& one) { return one.option.name == key; });
  if (found != table.end() && found->role != SettingRole::command) return set_option(found->option, value);
  if (found != table.end()) throw UsageError(fmt::format("{} belongs on the command line", shown(key)));
  std::vector<std::string> names;
  for (const Setting& one : table) {
    if (one.role != SettingRole::command) names.push_back(one.option.name);
  }
  const std::string nearest = nearest_names(key, names);
  throw UsageError(fmt::format("unknown setting {}{}", shown(key),
                               nearest.empty() ? "; --help lists them" : "; did you mean " + nearest + "?"));
}

// The settings inside a run's record; null for a file that is none.
const Json* settings_in(const Json& file) {
  const Json* inside = file.is_object() ? file.find("settings") : nullptr;
  return inside != nullptr && inside->is_object() ? inside : nullptr;
}

std::optional<int64_t> seed_of(const fs::path& folder) {
  const std::string name = folder.filename().string();
  return name.starts_with("seed-") ? parse_number<int64_t>(name.substr(5)) : std::nullopt;
}

// The record of the run in a folder, or of the first of several; empty without one.
fs::path record_of(const fs::path& folder) {
  if (present(folder / kRecord)) return folder / kRecord;
  std::optional<int64_t> first;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    const auto seed = seed_of(entry->path());
    if (seed && (!first || *seed < *first) && present(entry->path() / kRecord)) first = seed;
  }
  return first ? folder / fmt::format("seed-{}", *first) / kRecord : fs::path();
}

// Resets the options of the display, which belong to a terminal, not to a run.
void show_as_usual(Settings& settings) {
  const Settings usual;
  settings.quiet = usual.quiet;
  settings.log = usual.log;
  settings.color = usual.color;
  settings.progress = usual.progress;
  settings.log_every = usual.log_every;
  settings.profile = usual.profile;
}

// True when a finished run may be extended: with a constant learning rate a longer run begins like the
// shorter one, unless its warm-up is a share of all steps.
bool may_grow(const SettingTexts& now) {
  const auto schedule = now.find("schedule"), warmup = now.find("warmup");
  const auto steps = warmup == now.end() ? 0 : parse_number<double>(warmup->second).value_or(0);
  return schedule != now.end() && schedule->second == "constant" && (steps == 0 || steps >= 1);
}

// True when a limit has become larger; "all" means no limit.
bool is_larger(const std::string& before, const std::string& now) {
  constexpr int64_t kNone = std::numeric_limits<int64_t>::max();
  return parse_number<int64_t>(now).value_or(kNone) > parse_number<int64_t>(before).value_or(kNone);
}

// True when a resumed run may have this setting otherwise.
bool may_differ(const std::string& name, const std::string& was, const std::string& is, bool grows) {
  if (contains(kPaths, name) || contains(kFree, name)) return true;
  if (name == "device") return was == "auto";  // the device itself is compared when the run goes on
  return (name == "runs" || (contains(kLengths, name) && grows)) && is_larger(was, is);
}

template <size_t N>
bool any_differs(const std::string_view (&names)[N], const SettingTexts& before, const SettingTexts& now) {
  return std::ranges::any_of(names, [&](std::string_view view) {
    const auto was = before.find(std::string(view)), is = now.find(std::string(view));
    return was != before.end() && is != now.end() && was->second != is->second;
  });
}

}  // namespace

Json read_settings_file(const fs::path& path) {
  std::error_code ignored;
  const fs::path file = fs::is_directory(path, ignored) ? path / kRecord : path;
  try {
    return parse_json(read_file(file, kMostBytes), file.string());
  } catch (const Error& error) {
    throw UsageError(error.what());
  }
}

void apply_settings_file(Settings& settings, const fs::path& path, const Json& file) {
  const auto table = setting_table(settings);
  const Json* inside = settings_in(file);
  try {
    for (const auto& [key, value] : (inside == nullptr ? file : *inside).as_object(path.string())) {
      if (inside == nullptr || key != "output") apply_member(table, key, value);
    }
  } catch (const UsageError& error) {
    throw UsageError(fmt::format("{}: {}", path.string(), error.what()));
  } catch (const ModelError& error) {  // from the JSON reader
    throw UsageError(error.what());
  }
}

std::optional<Settings> recorded_settings(const FineTuneSpec& spec, const fs::path& folder) {
  const fs::path path = record_of(folder);
  if (path.empty()) return std::nullopt;
  const Json file = read_settings_file(path);
  if (settings_in(file) == nullptr)
    throw UsageError(path.string() + ": not the record of a run: it has no settings");
  const std::string program = file.get_string("program", spec.program);
  if (program != spec.program)
    throw UsageError(fmt::format("{}: a run of {}; go on with it by {}", path.string(), program, program));
  Settings settings = preset_settings(spec, Preset::blog);
  apply_settings_file(settings, path, file);  // only to learn which preset it is
  settings = preset_settings(spec, settings.preset);
  apply_settings_file(settings, path, file);
  show_as_usual(settings);
  if (present(folder / kRecord)) return settings;
  settings.runs = file.get_int("runs", 1);
  settings.seed = file.get_int("first_seed", settings.seed);
  return settings;
}

std::vector<std::string> unlawful_differences(const SettingTexts& before, const SettingTexts& now) {
  std::vector<std::string> out;
  const bool grows = may_grow(now);
  for (const auto& [name, was] : before) {
    const auto is = now.find(name);
    if (is == now.end() || is->second == was || may_differ(name, was, is->second, grows)) continue;
    out.push_back(fmt::format("{} {} ({})", name, is->second, was));
  }
  return out;
}

bool is_extended(const SettingTexts& before, const SettingTexts& now) {
  return any_differs(kLengths, before, now);
}

bool is_moved(const SettingTexts& before, const SettingTexts& now) {
  return any_differs(kPaths, before, now);
}

void check_resumed_settings(const SettingTexts& before, const SettingTexts& now) {
  const auto differences = unlawful_differences(before, now);
  if (differences.empty()) return;
  throw UsageError(
      fmt::format("--resume: other settings than the run's: {}; leave them out, or give the run's own, in "
                  "brackets",
                  fmt::join(differences, ", ")));
}

}  // namespace hone
