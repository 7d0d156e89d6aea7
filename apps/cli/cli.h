#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "apps/cli/choice.h"
#include "apps/cli/option.h"

namespace hone {

// A program's options: `--name value` or `--name=value`, `--name` and `--no-name` for booleans, `--` ends
// them, -h, --help and --version. Names are given without the dashes. A variable keeps its value, the default
// that --help shows, unless its option is on the command line; an optional stays empty.
class CommandLine {
 public:
  CommandLine(std::string program, const std::string& description);
  ~CommandLine();
  CommandLine(const CommandLine&) = delete;
  CommandLine& operator=(const CommandLine&) = delete;

  void add(Option option);
  template <class T>
  void add(const std::string& name, T& value, const std::string& help, Range range = {}) {
    add(Option{.name = name, .help = help, .target = &value, .range = range});
  }
  template <class T, class E, size_t N>
  void add_choice(const std::string& name, T& value, const Choices<E, N>& choices, const std::string& help) {
    add(choice_option(name, value, choices, help));
  }
  // An argument without a name, which --help shows as `shown_name`.
  void add_positional(const std::string& shown_name, std::string& value, const std::string& help);

  // Sets the variables. False when --help or --version was asked for and has been written to stdout. Throws
  // UsageError for unknown, repeated or incomplete options and for bad values.
  bool parse(int argc, const char* const* argv);
  bool given(const std::string& name) const;  // after parse(): whether it was on the command line

 private:
  struct Parts;  // the CLI11 objects
  std::unique_ptr<Parts> parts_;
};

}  // namespace hone
