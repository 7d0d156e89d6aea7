#include "apps/cli/option.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <type_traits>

#include <hone/core/error.h>
#include "core/quote.h"
#include "data/files/parse_number.h"

namespace hone {
namespace {

template <class T>
struct ValueOf {
  using type = T;
};
template <class T>
struct ValueOf<std::optional<T>> {
  using type = T;
};
template <class T>
constexpr bool kIsOptional = !std::is_same_v<typename ValueOf<T>::type, T>;
template <class T>
constexpr bool kIsText = std::is_same_v<T, TextTarget>;
template <class T>
constexpr bool kIsList = std::is_same_v<T, std::vector<std::string>>;

// The type of the variable that a target points to; for a TextTarget, TextTarget.
template <class Target>
using Variable = std::remove_pointer_t<std::remove_cvref_t<Target>>;

[[noreturn]] void refuse(const Option& option, const std::string& problem) {
  throw UsageError("--" + option.name + ": " + problem);
}

template <class T>
T number_of(const Option& option, const std::string& text) {
  const auto value = parse_number<T>(text);
  if (!value) {
    refuse(option, shown(text) + (std::is_integral_v<T> ? " is not an integer" : " is not a finite number"));
  }
  const auto [least, most] = option.range;
  if (static_cast<double>(*value) < least || static_cast<double>(*value) > most) {
    constexpr size_t kLongest = 40;
    refuse(option, fmt::format("{} is out of range, expected {}", text.size() > kLongest ? shown(text) : text,
                               std::isinf(most) ? fmt::format("{} or more", least)
                                                : fmt::format("{} to {}", least, most)));
  }
  return *value;
}

template <class T>
T value_of(const Option& option, const std::string& text) {
  if constexpr (std::is_same_v<T, bool>) {
    return text == "true";
  } else if constexpr (std::is_arithmetic_v<T>) {
    return number_of<T>(option, text);
  } else {
    const auto& choices = option.choices;
    if (!choices.empty() && std::ranges::find(choices, text) == choices.end()) {
      refuse(option, fmt::format("{} is not one of {}", shown(text), fmt::join(choices, ", ")));
    }
    return text;
  }
}

template <class T>
std::string json_text(const Option& option, const Json& value) {
  const auto expect = [&](bool fits, const char* what) {
    if (!fits) refuse(option, fmt::format("expected {}, found {}", what, value.type_name()));
  };
  const std::string where = option.name;
  if constexpr (std::is_same_v<T, bool>) {
    expect(value.is_bool(), "true or false");
    return value.as_bool(where) ? "true" : "false";
  } else if constexpr (std::is_same_v<T, int64_t>) {
    expect(value.is_integer(), "an integer");
    return std::to_string(value.as_int(where));
  } else if constexpr (std::is_same_v<T, double>) {
    expect(value.is_number(), "a number");
    return fmt::format("{}", value.as_number(where));
  } else {
    expect(value.is_string(), "a text");
    return value.as_string(where);
  }
}

std::string text_of(const std::string& value) { return value; }
std::string text_of(const std::filesystem::path& value) { return value.string(); }
std::string text_of(bool value) { return value ? "on" : "off"; }
std::string text_of(int64_t value) { return fmt::format("{}", value); }
std::string text_of(double value) { return fmt::format("{}", value); }
std::string text_of(const std::vector<std::string>& values) {
  return fmt::format("{}", fmt::join(values, ", "));
}

void write_value(JsonWriter& json, const std::filesystem::path& value) { json.value(value.string()); }
void write_value(JsonWriter& json, const std::vector<std::string>& values) {
  json.begin_array();
  for (const std::string& value : values) json.value(value);
  json.end_array();
}
template <class T>
void write_value(JsonWriter& json, const T& value) {
  json.value(value);
}

}  // namespace

bool Option::is_switch() const {
  return std::holds_alternative<bool*>(target) || std::holds_alternative<std::optional<bool>*>(target);
}

std::string Option::type_text() const {
  const auto of = [&](const auto& variable) -> std::string {
    using T = typename ValueOf<Variable<decltype(variable)>>::type;
    if constexpr (std::is_same_v<T, int64_t>) return "N";
    if constexpr (std::is_same_v<T, double>) return "X";
    if constexpr (std::is_same_v<T, std::filesystem::path>) return "PATH";
    return "TEXT";
  };
  if (is_switch()) return "";
  return choices.empty() ? std::visit(of, target) : fmt::format("{}", fmt::join(choices, "|"));
}

void set_option(const Option& option, const std::vector<std::string>& texts) {
  if (texts.size() > option.most_values) {
    const auto most = option.most_values == 1 ? "once" : fmt::format("{} times", option.most_values);
    throw UsageError(fmt::format("--{} is given more than {}", option.name, most));
  }
  std::visit(
      [&](const auto& variable) {
        using T = Variable<decltype(variable)>;
        if constexpr (kIsText<T>) {
          const std::string problem = variable.set(value_of<std::string>(option, texts.front()));
          if (!problem.empty()) refuse(option, problem);
        } else if constexpr (kIsList<T>) {
          *variable = texts;
        } else if (kIsOptional<T> && !option.none.empty() && texts.front() == option.none) {
          *variable = T{};
        } else {
          *variable = value_of<typename ValueOf<T>::type>(option, texts.front());
        }
      },
      option.target);
}

void set_option(const Option& option, const Json& value) {
  std::visit(
      [&](const auto& variable) {
        using T = Variable<decltype(variable)>;
        if constexpr (kIsText<T>) {
          set_option(option, {json_text<std::string>(option, value)});
        } else if constexpr (kIsList<T>) {
          if (!value.is_array()) refuse(option, "expected an array of texts, found " + value.type_name());
          std::vector<std::string> texts;
          for (const Json& one : value.as_array(option.name))
            texts.push_back(json_text<std::string>(option, one));
          set_option(option, texts);
        } else if (kIsOptional<T> && value.is_null()) {
          *variable = T{};
        } else if (kIsOptional<T> && !option.none.empty() && value.is_string()) {
          set_option(option, {value.as_string(option.name)});
        } else {
          set_option(option, {json_text<typename ValueOf<T>::type>(option, value)});
        }
      },
      option.target);
}

std::string option_text(const Option& option) {
  return std::visit(
      [&](const auto& variable) -> std::string {
        using T = Variable<decltype(variable)>;
        if constexpr (kIsText<T>) {
          return variable.text();
        } else if constexpr (kIsOptional<T>) {
          return *variable ? text_of(**variable) : option.none;
        } else {
          return text_of(*variable);
        }
      },
      option.target);
}

void write_option(JsonWriter& json, const Option& option) {
  json.key(option.name);
  std::visit(
      [&](const auto& variable) {
        using T = Variable<decltype(variable)>;
        if constexpr (kIsText<T>) {
          json.value(variable.text());
        } else if constexpr (kIsOptional<T>) {
          *variable ? write_value(json, **variable) : write_value(json, nullptr);
        } else {
          write_value(json, *variable);
        }
      },
      option.target);
}

}  // namespace hone
