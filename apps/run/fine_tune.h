#pragma once

#include "apps/cli/settings.h"

namespace hone {

// The whole of a fine-tuning program: options, data, training, evaluation, run folder. Returns the exit code.
int fine_tune(const FineTuneSpec& spec, int argc, const char* const* argv);

}  // namespace hone
