#pragma once

#include <vector>

#include "apps/cli/option.h"
#include "apps/cli/settings.h"

namespace hone {

// The role of a setting in a run and its records.
enum class SettingRole {
  recipe,  // decides the result of a run
  run,     // where and how it runs
  command  // an action of this call: not part of a run's record
};
struct Setting {
  Option option;
  SettingRole role;
};
// All settings, in the order of --help; their targets are the members of `settings`.
std::vector<Setting> setting_table(Settings& settings);

}  // namespace hone
