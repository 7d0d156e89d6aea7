#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "apps/cli/settings.h"
#include "apps/run/console.h"

namespace hone {

// The mean, standard deviation (n - 1; 0 for one value), least and greatest of some values.
struct Spread {
  double mean = 0, deviation = 0, least = 0, most = 0;
};
Spread spread_of(const std::vector<double>& values);

// Does the work of --runs N: calls run_one for each seed from settings.seed on, with settings for a folder
// seed-<n> of its own below --output; with --resume, finished runs are skipped. Then writes runs.json and
// report.html, and every value, mean, standard deviation and range to the console.
void run_seeds(const FineTuneSpec& spec, const Settings& settings,
               const std::function<void(const Settings&)>& run_one);

}  // namespace hone
