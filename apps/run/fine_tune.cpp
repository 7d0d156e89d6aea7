#include "apps/run/fine_tune.h"

#include <unistd.h>

#include <hone/core/error.h>
#include "apps/cli/errors.h"
#include "apps/cli/program.h"
#include "apps/cli/resources.h"
#include "apps/cli/stream.h"
#include "apps/run/events.h"
#include "apps/run/fine_tune_run.h"
#include "apps/run/runs.h"
#include "core/printable.h"

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

// Writes the event of the error that ends the program, as far as stdout can be written.
void write_last_event(int exit_code, const std::string& message) {
  write_stream(STDOUT_FILENO, printable(error_event(exit_code, message)) + "\n");
}

}  // namespace

int fine_tune(const FineTuneSpec& spec, int argc, const char* const* argv) {
  return run_program(spec.program, [&] {
    bool json = asks_for_json(argc, argv);
    try {
      const auto settings = parse_settings(spec, argc, argv);
      if (!settings) return 0;
      json = settings->log == LogFormat::json;
      std::string unwritten;
      const auto run_one = [&](const Settings& one) {
        const auto result = fine_tune_once({spec, *settings, one, argv[0], command_line(argc, argv)});
        if (unwritten.empty()) unwritten = result;
      };
      settings->runs == 1 || settings->dry_run ? run_one(*settings) : run_seeds(spec, *settings, run_one);
      if (!unwritten.empty()) throw Error(unwritten);
    } catch (const Error& error) {
      if (json) write_last_event(exit_code(error), message_of(error));
      throw;
    } catch (const std::exception& error) {
      if (json) write_last_event(1, message_of(error));
      throw;
    }
    return 0;
  });
}

}  // namespace hone
