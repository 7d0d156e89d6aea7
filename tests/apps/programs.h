#pragma once

#include <gmock/gmock.h>

#include <algorithm>
#include <string>
#include <vector>

#include "data/json/json.h"
#include "tests/data/temporary_folder.h"
#include "tests/support/paths.h"
#include "tests/support/process.h"
#include "tests/support/tiny_model.h"

namespace hone::test {

// A tiny model (without a head) and tiny data, and the programs run on them as a user runs them.
class Programs : public testing::Test {
 protected:
  Programs() {
    write_tiny_model(folder_ / "base", false);
    write_tiny_data(folder_ / "data");
  }

  std::string path(const std::string& name) const { return shell_quoted((folder_ / name).string()); }

  ProcessResult run(const std::string& program_name, const std::string& options,
                    const std::string& input = "") const {
    return run_process("cd " + path("") + " && exec " + program(program_name) + " " + options, input);
  }
  // Runs sst2 or qqp on the tiny model and data, with folder `output`.
  ProcessResult train(const std::string& program_name, const std::string& output,
                      const std::string& options = "") const {
    return run(program_name, training_options(output) + " " + options);
  }
  static std::string training_options(const std::string& output) {
    return "--model base --data data --learning-rate 1e-3 --batch-size 8 --output " + output;
  }

  // The environment variables that make a program meet a fault (tests/support/faults.cpp), and with them the
  // file `mark` made.
  static std::string fault_environment(const std::string& fault) {
    return "HONE_FAULT=" + shell_quoted(fault) + " HONE_FAULT_MARK=mark " + preload();
  }
  static std::string preload() {
    return "LD_PRELOAD=" + shell_quoted(std::string(kLibraryDir) + "/libhone_faults.so") +
           " ASAN_OPTIONS=verify_asan_link_order=0";
  }
  // Runs a program, with these variables in its environment.
  ProcessResult run_in(const std::string& environment, const std::string& program_name,
                       const std::string& options, const std::string& input = "") const {
    return run_process(
        "cd " + path("") + " && exec env " + environment + " " + program(program_name) + " " + options,
        input);
  }

  // The lines of a run's metrics.jsonl.
  std::vector<Json> events(const std::string& output) const {
    std::vector<Json> out;
    std::string text = slurp(folder_ / output / "metrics.jsonl");
    while (!text.empty()) {
      const size_t end = text.find('\n');
      EXPECT_NE(end, std::string::npos) << "a line without LF: " << text;
      out.push_back(parse_json(text.substr(0, end), "metrics.jsonl"));
      text.erase(0, end == std::string::npos ? end : end + 1);
    }
    return out;
  }
  std::vector<Json> events(const std::string& output, const std::string& kind) const {
    auto all = events(output);
    std::erase_if(all, [&](const Json& event) { return event.get_string("event", "") != kind; });
    return all;
  }
  std::string weights(const std::string& output) const {
    return slurp(folder_ / output / "model" / "model.safetensors");
  }

  // Expects an exit code, one line `program: ...message...` on stderr, and nothing on stdout.
  static void expect_failure(const ProcessResult& result, int exit_code, const std::string& message) {
    EXPECT_EQ(result.exit_code, exit_code) << result.err;
    EXPECT_EQ(result.out, "");
    EXPECT_THAT(result.err, testing::HasSubstr(message));
    EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << result.err;
  }

  TemporaryFolder folder_;
};

}  // namespace hone::test
