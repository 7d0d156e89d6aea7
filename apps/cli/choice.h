#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "apps/cli/option.h"

namespace hone {

// A value that an option takes, and the word for it.
template <class E>
struct Choice {
  std::string_view word;
  E value;
};
// The choices of an option, in the order of --help. They must live as long as the option.
template <class E, size_t N>
using Choices = std::array<Choice<E>, N>;

template <class E, size_t N>
std::string word_of(const Choices<E, N>& choices, const E& value) {
  const auto at = std::ranges::find(choices, value, &Choice<E>::value);
  return at == choices.end() ? "" : std::string(at->word);
}
template <class E, size_t N>
std::string word_of(const Choices<E, N>& choices, const std::optional<E>& value) {
  return value ? word_of(choices, *value) : "";
}

// An option for one of several values, whose variable is an enum or an optional of one.
template <class T, class E, size_t N>
Option choice_option(const std::string& name, T& variable, const Choices<E, N>& choices,
                     const std::string& help) {
  const auto text = [&] { return word_of(choices, variable); };
  const auto set = [&](const std::string& word) {  // set_option() has checked it
    variable = std::ranges::find(choices, word, &Choice<E>::word)->value;
    return std::string();
  };
  Option option{.name = name, .help = help, .target = TextTarget{text, set}};
  for (const Choice<E>& choice : choices) option.choices.emplace_back(choice.word);
  return option;
}

}  // namespace hone
