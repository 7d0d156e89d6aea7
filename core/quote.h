#pragma once

#include <string>
#include <string_view>

namespace hone {

// `text` in double quotes with JSON's escapes; characters beyond ASCII stay as they are, bytes that are not
// UTF-8 become U+FFFD.
std::string json_quote(std::string_view text);

// A name from a file for error messages: json_quote of it, printable (core/printable.h), cut when long.
std::string shown(std::string_view name);

}  // namespace hone
