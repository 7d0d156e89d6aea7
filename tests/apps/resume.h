#pragma once

#include <csignal>
#include <filesystem>
#include <regex>
#include <string>

#include "tests/apps/programs.h"
#include "tests/support/paths.h"
#include "train/checkpoint.h"

namespace hone::test {

// Runs that are stopped in some way and resumed.
class Resume : public Programs {
 protected:
  ProcessResult train_in(const std::string& output, const std::string& options,
                         const std::string& environment = "") const {
    return run_process("cd " + path("") + " && exec env " + environment + " " + program("sst2") + " " +
                       training_options(output) + " --quiet " + options);
  }

  // The result of a run: metrics, weights and moments, without times, memory and facts about the process.
  std::string outcome(const std::string& output) const {
    static const std::regex kVolatile(
        R"re("(time|command|compute|model)":"[^"]*",?|"(seconds|(device_)?peak_memory_bytes)":[-+.e0-9]+,?)re");
    const std::filesystem::path run = folder_ / output;
    std::string name = slurp(run / "latest"),
                text = std::regex_replace(slurp(run / "metrics.jsonl"), kVolatile, "");
    name = name.substr(0, name.find('\n'));
    for (const char* file : {"model.safetensors", "optimizer.safetensors"})
      text += sha256(slurp(run / name / file)) + "\n";
    return text + name + "\n" + slurp(run / "best") + sha256(weights(output));
  }

  // Expects that `latest` names a sound checkpoint of this step or a later one.
  void expect_sound(const std::string& output, int64_t least_step) const {
    const FoundCheckpoint found = Checkpoints(folder_ / output).find();
    EXPECT_EQ(found.passed_over, "");
    EXPECT_GE(found.step, least_step);
  }

  // True when the program was killed, also when the shell or timeout(1) reports it by exit code.
  static bool killed(const ProcessResult& result) {
    return result.signal == SIGKILL || result.exit_code == 128 + SIGKILL;
  }

  void expect_nothing_half_done(const std::string& output) const {
    for (const std::string& name : names_in(folder_ / output))
      EXPECT_THAT(name, testing::Not(testing::HasSubstr(".tmp-")));
  }
};

}  // namespace hone::test
