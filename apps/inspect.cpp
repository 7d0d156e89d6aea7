// The inspect program: lists the contents of a file of tensors or a model folder, and says whether it is
// sound.
#include <hone/core/error.h>
#include "apps/cli/cli.h"
#include "apps/cli/program.h"
#include "apps/inspection_text.h"

namespace hone {
namespace {

int run(int argc, char** argv) {
  std::string path;
  bool json = false;
  CommandLine command(
      "inspect",
      "Says what a safetensors file, a torch file or a model folder holds, and whether it is sound: "
      "exit code 0, or 4 when something is damaged or missing. Nothing in a file is executed.");
  command.add_positional("PATH", path, "the file, model folder or run folder");
  command.add("json", json, "write one line of JSON instead of a table");
  if (!command.parse(argc, argv)) return 0;
  if (path.empty()) throw UsageError("give the PATH of a file or folder; see --help");
  const Inspection inspection = inspect_path(path);
  write_output(json ? inspection_json(inspection) : inspection_text(inspection));
  if (const Check* wrong = inspection.first_unsound()) throw ModelError(wrong->text);
  return 0;
}

}  // namespace
}  // namespace hone

int main(int argc, char** argv) {
  return hone::run_program("inspect", [&] { return hone::run(argc, argv); });
}
