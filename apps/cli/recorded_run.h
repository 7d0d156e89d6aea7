#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "apps/cli/settings.h"

namespace hone {

// A settings file: members by the names of the options, or the record of a run (run.json) with them inside.
// Throws UsageError for a file that is neither; `path` may be the folder of a run.
Json read_settings_file(const std::filesystem::path& path);

// Sets each setting that the file has. The output folder in a run's record is that run's and is left out.
// Throws UsageError, which names the file, for unknown names and bad values.
void apply_settings_file(Settings& settings, const std::filesystem::path& path, const Json& file);

// The settings of the run, or of the several runs (--runs), that a folder holds the record of, but for the
// options of its display; none where there is no record. Throws UsageError when another program made the run.
std::optional<Settings> recorded_settings(const FineTuneSpec& spec, const std::filesystem::path& folder);

// The texts of settings by the options' names.
using SettingTexts = std::map<std::string, std::string>;

// The settings that a resumed run has otherwise than before and may not, as "seed 7 (42)". It may have other
// output options, threads, and paths of model and data, whose contents are compared elsewhere; more runs;
// and, where the learning rate does not depend on the length, more epochs or steps.
std::vector<std::string> unlawful_differences(const SettingTexts& before, const SettingTexts& now);

// True when a run is asked to be longer than before.
bool is_extended(const SettingTexts& before, const SettingTexts& now);
// True when the model or the data are named otherwise than before.
bool is_moved(const SettingTexts& before, const SettingTexts& now);

// Throws UsageError, which lists them, for differences that a resumed run may not have.
void check_resumed_settings(const SettingTexts& before, const SettingTexts& now);

}  // namespace hone
