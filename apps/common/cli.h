#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hone {

// The values that an option takes, both ends included.
template <class T>
struct Range {
  T least = std::numeric_limits<T>::lowest();
  T most = std::numeric_limits<T>::max();
};

// A program's options: `--name value` or `--name=value`, `--name` and `--no-name` for booleans, `--` ends
// them, -h, --help and --version. Names are given without the dashes. A variable keeps its value, the default
// that --help shows, unless its option is on the command line; an optional stays empty.
class CommandLine {
 public:
  CommandLine(std::string program, const std::string& description);
  ~CommandLine();
  CommandLine(const CommandLine&) = delete;
  CommandLine& operator=(const CommandLine&) = delete;

  void add(const std::string& name, std::string& value, const std::string& help);
  void add(const std::string& name, std::optional<std::string>& value, const std::string& help);
  void add(const std::string& name, std::optional<std::filesystem::path>& value, const std::string& help);
  void add(const std::string& name, int64_t& value, const std::string& help, Range<int64_t> range = {});
  void add(const std::string& name, std::optional<int64_t>& value, const std::string& help,
           Range<int64_t> range = {});
  void add(const std::string& name, double& value, const std::string& help, Range<double> range = {});
  void add(const std::string& name, std::optional<double>& value, const std::string& help,
           Range<double> range = {});
  void add_choice(const std::string& name, std::string& value, std::vector<std::string> choices,
                  const std::string& help);
  void add_choice(const std::string& name, std::optional<std::string>& value,
                  std::vector<std::string> choices, const std::string& help);
  void add_flag(const std::string& name, bool& value, const std::string& help);
  void add_flag(const std::string& name, std::optional<bool>& value, const std::string& help);
  // An argument without a name, which --help shows as `shown_name`.
  void add_positional(const std::string& shown_name, std::string& value, const std::string& help);

  // Sets the variables. False when --help or --version was asked for and has been written to stdout. Throws
  // UsageError for unknown, repeated or incomplete options and for bad values.
  bool parse(int argc, const char* const* argv);
  bool given(const std::string& name) const;  // after parse(): whether it was on the command line

 private:
  struct Parts;  // the CLI11 objects
  using Setter = std::function<void(const std::string&)>;

  void add_option(const std::string& name, const std::string& type, const std::string& shown_default,
                  const std::string& help, Setter set);
  void add_switch(const std::string& name, const std::string& shown_default, const std::string& help,
                  std::function<void(bool)> set);

  std::unique_ptr<Parts> parts_;
};

}  // namespace hone
