#include "apps/run/fine_tune.h"

#include <hone/core/error.h>
#include "apps/cli/errors.h"
#include "apps/cli/program.h"
#include "apps/cli/resources.h"
#include "apps/run/events.h"
#include "apps/run/fine_tune_run.h"
#include "apps/run/runs.h"

namespace hone {
namespace {

// True when the arguments ask for JSON (--log json): an error of parsing the command line has that form, too.
bool asks_for_json(int argc, const char* const* argv) {
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    if (argument == "--log=json") return true;
    if (argument == "--log" && i + 1 < argc && std::string(argv[i + 1]) == "json") return true;
  }
  return false;
}

}  // namespace

int fine_tune(const FineTuneSpec& spec, int argc, const char* const* argv) {
  return run_program(spec.program, [&] {
    bool json = asks_for_json(argc, argv);
    try {
      const auto settings = parse_settings(spec, argc, argv);
      if (!settings) return 0;
      json = settings->log == LogFormat::json;
      const auto run_one = [&](const Settings& one) {
        fine_tune_once({spec, *settings, one, argv[0], command_line(argc, argv)});
      };
      settings->runs == 1 || settings->dry_run ? run_one(*settings) : run_seeds(spec, *settings, run_one);
    } catch (const Error& error) {
      if (json) {
        write_output(error_event(exit_code(error), message_of(error)) + "\n");
      }
      throw;
    }
    return 0;
  });
}

}  // namespace hone
