#pragma once

#include <optional>
#include <string_view>

namespace hone {

// A line of stdin: a text, or a pair of texts separated by one TAB.
struct InputText {
  std::string_view first;
  std::optional<std::string_view> second;
};

// Splits a line into a text or a pair. Throws DataError for a second TAB.
InputText input_text(std::string_view line);

}  // namespace hone
