#pragma once

#include <string>

#include "apps/cli/settings.h"

namespace hone {

struct FineTuneTask {
  const FineTuneSpec& spec;
  const Settings& typed;         // as given on the command line
  const Settings& settings;      // this run's, which may be one of several
  std::string program, command;  // the command line's first word, and all of it
};

// Does one run from its data to its saved model, or the rest of it with --resume. An error that ends the run
// is recorded in the run's folder and thrown on. Returns why events, or what a dry run found, could not be
// written to stdout; empty when they could. Results of a run are in its folder, too, and do not count.
std::string fine_tune_once(const FineTuneTask& task);

}  // namespace hone
