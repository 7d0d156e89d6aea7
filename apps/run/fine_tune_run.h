#pragma once

#include <string>

#include "apps/cli/settings.h"

namespace hone {

struct FineTuneTask {
  const FineTuneSpec& spec;
  const Settings& typed;         // those of the command line
  const Settings& settings;      // those of this run, of perhaps several
  std::string program, command;  // as they were started: the first word, and all
};

// One run from its data to its saved model, or what is left of it with --resume. Throws what ends it, after
// it has been written down in the run's folder.
void fine_tune_once(const FineTuneTask& task);

}  // namespace hone
