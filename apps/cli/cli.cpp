#include "apps/cli/cli.h"

#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <utility>

#include <hone/core/error.h>
#include "apps/cli/program.h"
#include "core/build_config.h"
#include "core/nearest.h"
#include "core/quote.h"
#include "data/files/parse_number.h"

namespace hone {
namespace {

// Wraps `text`: puts line ends in place of blanks, so that lines have at most `width` characters where words
// allow.
std::string wrapped(std::string text, size_t width) {
  size_t line = 0, last_blank = std::string::npos;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == ' ') last_blank = i;
    if (i - line < width || last_blank == std::string::npos || last_blank < line) continue;
    text[last_blank] = '\n';
    line = last_blank + 1;
  }
  return text;
}

// Removes one of the two blank lines that CLI11 leaves before a heading.
std::string without_double_gaps(std::string text) {
  for (size_t at = 0; (at = text.find("\n\n\n", at)) != std::string::npos;) text.erase(at, 1);
  return text;
}

// Writes --help: shows a boolean as "--[no-]name" and keeps to 80 columns.
class HelpFormatter : public CLI::Formatter {
 public:
  std::string make_option_name(const CLI::Option* option, bool is_positional) const override {
    const auto& names = option->get_lnames();
    const bool boolean = names.size() == 2 && names[1] == "no-" + names[0];
    return boolean ? "--[no-]" + names[0] : Formatter::make_option_name(option, is_positional);
  }
  std::string make_description(const CLI::App* app) const override {
    return wrapped(app->get_description(), kColumns) + "\n";
  }
  std::string make_option_desc(const CLI::Option* option) const override {
    return wrapped(option->get_description(), kColumns - get_column_width());
  }
  std::string make_option_opts(const CLI::Option* option) const override {
    std::string text = option->get_type_name().empty() ? "" : " " + option->get_type_name();
    if (!option->get_default_str().empty()) text += " (" + option->get_default_str() + ")";
    return text;
  }

 private:
  static constexpr size_t kColumns = 80;
};

}  // namespace

struct CommandLine::Parts {
  struct Entry {
    CLI::Option* parser;
    Option option;
  };

  CLI::App app;
  std::string program;
  std::vector<Entry> entries;

  Parts(std::string name, const std::string& description) : app(description, name), program(std::move(name)) {
    app.formatter(std::make_shared<HelpFormatter>());
    app.set_help_flag("-h,--help", "show this and exit");
    app.set_version_flag("--version", fmt::format("{} (hone) {}", program, kVersion),
                         "show the version and exit");
  }

  std::vector<std::string> names() const {
    std::vector<std::string> all;
    for (const auto* option : app.get_options()) {
      for (const auto& name : option->get_lnames()) all.push_back("--" + name);
    }
    return all;
  }

  // Refuses missing values: CLI11 would read the next argument as the value of `--name=`, and an option as
  // the value of `--name`.
  void check_values(const std::vector<std::string>& arguments) const {
    for (size_t i = 0; i < arguments.size() && arguments[i] != "--"; ++i) {
      const auto equals = arguments[i].find('=');
      if (!arguments[i].starts_with("--") || equals == std::string::npos) continue;
      const auto name = arguments[i].substr(0, equals);
      if (equals + 1 == arguments[i].size()) throw UsageError(name + " needs a value; see --help");
      for (const auto& [parser, option] : entries) {
        if (option.is_switch() && parser->check_name(name)) {
          throw UsageError(name + " takes no value; see --help");
        }
      }
    }
    const auto known = names();
    for (const auto& [parser, option] : entries) {
      for (const auto& value : parser->results()) {
        if (std::find(known.begin(), known.end(), value.substr(0, value.find('='))) != known.end()) {
          throw UsageError(
              fmt::format("{} needs a value, but {} follows; see --help", parser->get_name(), value));
        }
      }
    }
  }

  [[noreturn]] void refuse_rest() const {
    const auto rest = app.remaining();
    const auto found = std::find_if(rest.begin(), rest.end(), [](const auto& word) { return word != "--"; });
    const std::string argument = found == rest.end() ? "" : *found;
    if (!argument.starts_with("-")) {
      throw UsageError("unexpected argument " + shown(argument) + "; options begin with --, see --help");
    }
    const auto wanted = argument.substr(0, argument.find('='));
    const auto known = names();
    const auto nearest = nearest_names(wanted, known);
    throw UsageError(
        fmt::format("unknown option {}; {}", wanted,
                    nearest.empty() ? "see --help" : "did you mean " + nearest + "? See --help"));
  }

  void set_all() const {
    for (const auto& [parser, option] : entries) {
      if (parser->count() > 0) set_option(option, parser->results());
    }
  }
};

CommandLine::CommandLine(std::string program, const std::string& description)
    : parts_(std::make_unique<Parts>(std::move(program), description)) {}

CommandLine::~CommandLine() = default;

void CommandLine::add(Option option) {
  const bool on_off = option.is_switch();
  const std::string names = on_off ? fmt::format("--{0},!--no-{0}", option.name) : "--" + option.name;
  auto* parser =
      on_off ? parts_->app.add_flag(names, std::as_const(option.help))->disable_flag_override()
             : parts_->app.add_option(names, std::as_const(option.help))->type_name(option.type_text());
  parser->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->default_str(option_text(option))
      ->group(option.group);
  parts_->entries.push_back({parser, std::move(option)});
}

void CommandLine::add_positional(const std::string& shown_name, std::string& value, const std::string& help) {
  auto* parser = parts_->app.add_option(shown_name, help);
  parser->expected(1)->type_name("");
  parts_->entries.push_back({parser, {.name = shown_name, .help = help, .target = &value}});
}

bool CommandLine::parse(int argc, const char* const* argv) {
  const std::vector<std::string> arguments(argv + std::min(argc, 1), argv + argc);
  auto& app = parts_->app;
  try {
    app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
  } catch (const CLI::CallForHelp&) {
    write_output(without_double_gaps(app.help()));
    return false;
  } catch (const CLI::CallForVersion& version) {
    write_output(std::string(version.what()) + "\n");
    return false;
  } catch (const CLI::ExtrasError&) {
    parts_->check_values(arguments);
    parts_->refuse_rest();
  } catch (const CLI::ParseError& error) {
    parts_->check_values(arguments);
    throw UsageError(std::string(error.what()) + "; see --help");
  }
  parts_->check_values(arguments);
  parts_->set_all();
  return true;
}

bool CommandLine::given(const std::string& name) const {
  return parts_->app.get_option("--" + name)->count() > 0;
}

}  // namespace hone
