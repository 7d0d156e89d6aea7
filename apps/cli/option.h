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

// A variable of any type that a text stands for: an enum (apps/cli/choice.h), a device.
struct TextTarget {
  std::function<std::string()> text;
  // Sets it; returns what is wrong with the text, "" when nothing is.
  std::function<std::string(const std::string&)> set;
};

// The variable that an option sets. An optional is empty when nobody has set it; a list takes several values.
using OptionTarget =
    std::variant<TextTarget, std::string*, std::optional<std::string>*, std::optional<std::filesystem::path>*,
                 std::vector<std::string>*, int64_t*, std::optional<int64_t>*, double*,
                 std::optional<double>*, bool*, std::optional<bool>*>;

// An option of a program: what the command line, its --help, a settings file and the records of a run need to
// know of it.
struct Option {
  std::string name;  // without the dashes
  std::string help;
  OptionTarget target;
  Range range = {};                       // that a number must be in
  std::vector<std::string> choices = {};  // that a text must be one of; empty: any
  std::string none = "";          // the word for an empty optional, which is then also taken as a value
  std::string group = "Options";  // the heading in --help
  size_t most_values = 1;         // that a list takes

  bool is_switch() const;         // --name and --no-name
  std::string type_text() const;  // --help shows it for the value: "N", "a|b"
};

// Sets the variable from the values of a command line, or from a member of a settings file. Throws
// UsageError, naming the option, for values that it does not take.
void set_option(const Option& option, const std::vector<std::string>& texts);
void set_option(const Option& option, const Json& value);

// The variable's value for people: "32", "on", the word for none.
std::string option_text(const Option& option);
// Writes the variable as a field of the open object, for a settings file: an empty optional is null.
void write_option(JsonWriter& json, const Option& option);

}  // namespace hone
