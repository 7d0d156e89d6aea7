#pragma once

#include <string>
#include <string_view>

namespace hone::test {

struct ProcessResult {
  int exit_code = -1;  // -1 when a signal ended it
  int signal = 0;      // that signal
  std::string out, err;
};

// Runs `command` by the shell with `input` on stdin and waits. A signal_number is sent to the program as soon
// as `wait_for` has appeared on its stderr or stdout (start the command with "exec" so that it reaches the
// program).
ProcessResult run_process(const std::string& command, std::string_view input = {}, int signal_number = 0,
                          std::string_view wait_for = {});

// `text` quoted for the shell.
std::string shell_quoted(const std::string& text);

// The path of a built program, quoted.
std::string program(const std::string& name);

// The SHA-256 of `bytes` in hexadecimal, by the system's sha256sum.
std::string sha256(std::string_view bytes);

}  // namespace hone::test
