#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "apps/cli/settings.h"
#include "apps/run/console.h"

namespace hone {

// Mean, standard deviation (n - 1; 0 for one value), least and greatest of some values.
struct Spread {
  double mean = 0, deviation = 0, least = 0, most = 0;
};
Spread spread_of(const std::vector<double>& values);

// --runs N: makes a run for each seed from settings.seed on, each in its own folder seed-<n> of --output, by
// calling run_one with that run's settings; one that has come to its end is skipped with --resume. Then
// writes runs.json and report.html, and every value, mean, standard deviation and range to the console.
void run_seeds(const FineTuneSpec& spec, const Settings& settings,
               const std::function<void(const Settings&)>& run_one);

// Whether a folder is one that --runs wrote: it holds seed-<n>/.
bool holds_runs(const std::filesystem::path& folder);

}  // namespace hone
