#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "data/json/json.h"
#include "data/json/json_writer.h"

namespace hone {

// The numbers that an option takes, both ends included.
struct Range {
  double least = -std::numeric_limits<double>::infinity();
  double most = std::numeric_limits<double>::infinity();
};

// A variable that is set from a text, such as an enum (apps/cli/choice.h) or a device.
struct TextTarget {
  std::function<std::string()> text;
  // Sets the variable; returns an error message, "" on success.
  std::function<std::string(const std::string&)> set;
};

// The variable that an option sets. An optional is empty when nobody has set it; a list takes several values.
using OptionTarget =
    std::variant<TextTarget, std::string*, std::optional<std::string>*, std::optional<std::filesystem::path>*,
                 std::vector<std::string>*, int64_t*, std::optional<int64_t>*, double*,
                 std::optional<double>*, bool*, std::optional<bool>*>;

// An option of a program, described once for the command line, its --help, a settings file and the records of
// a run.
struct Option {
  std::string name;  // without the dashes
  std::string help;
  OptionTarget target;
  Range range = {};                       // the allowed numbers
  std::vector<std::string> choices = {};  // the allowed texts; empty: any
  std::string none = {};                  // the word for an empty optional, also accepted as a value
  std::string group = "Options";          // the heading in --help
  size_t most_values = 1;                 // the longest list accepted

  bool is_switch() const;         // a boolean: --name and --no-name
  std::string type_text() const;  // the value's placeholder in --help: "N", "a|b"
};

// Sets the variable from the values of a command line, or from a member of a settings file. Throws
// UsageError, naming the option, for values that it does not accept.
void set_option(const Option& option, const std::vector<std::string>& texts);
void set_option(const Option& option, const Json& value);

// The variable's value for people: "32", "on", the word for none.
std::string option_text(const Option& option);
// Writes the variable as a field of the open object, for a settings file: an empty optional is null.
void write_option(JsonWriter& json, const Option& option);

}  // namespace hone
