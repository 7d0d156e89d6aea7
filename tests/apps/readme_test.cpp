// Runs the README's commands as they stand there: in the order of the README, in one folder, with MODEL and
// DATA naming a tiny model and tiny data.
#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <vector>

#include "tests/apps/programs.h"
#include "tests/support/paths.h"

namespace hone::test {
namespace {

// The lines of the README's ```sh blocks that call one of our programs.
std::vector<std::string> program_lines() {
  std::istringstream readme(slurp(std::filesystem::path(source_dir()) / "README.md"));
  std::vector<std::string> found;
  bool inside = false;
  for (std::string line; std::getline(readme, line);) {
    if (line.starts_with("```")) {
      inside = line == "```sh";
    } else if (inside) {
      for (const char* name : {"sst2 ", "qqp ", "predict ", "evaluate ", "tokenize ", "inspect "}) {
        if (line.starts_with(name) || line.find(std::string("| ") + name) != std::string::npos) {
          found.push_back(line);
          break;
        }
      }
    }
  }
  return found;
}

class Readme : public Programs {};

TEST_F(Readme, ItsCommandsWork) {
  std::ofstream(folder_ / "sentences.txt") << "a good film\n\nbad\n";
  std::ofstream(folder_ / "mine.csv") << "text,label\na good film,fine\nbad,poor\n\"good, good\",fine\n";
  const std::string setting =
      "cd " + path("") + " && PATH=" + shell_quoted(bin_dir()) + ":$PATH MODEL=base DATA=data && ";
  const auto lines = program_lines();
  EXPECT_GE(lines.size(), 8U);
  for (const std::string& line : lines) {
    const auto result = run_process("bash -ec " + shell_quoted(setting + line), "");
    EXPECT_EQ(result.exit_code, 0) << line << "\n" << result.err;
    EXPECT_TRUE(!result.out.empty() || line.find(" > ") != std::string::npos) << line;
  }
}

}  // namespace
}  // namespace hone::test
