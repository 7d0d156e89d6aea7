#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hone {

// The character between the fields of a file.
struct Delimiter {
  char character = ',';
  size_t begin = 0;  // where the header begins: behind Excel's line "sep=;" where there is one
  std::string note;  // for the user, where it was guessed; "" else
};

// Finds the delimiter of a text whose first line names the columns: `chosen`; or that of a line "sep=;"; or
// among , ; TAB and | the one that makes the most `wanted` names of the header, then the most columns, then
// `usual`.
Delimiter find_delimiter(std::string_view text, std::optional<char> chosen, char usual,
                         const std::vector<std::string>& wanted);

// A delimiter for people: "\";\"", "TAB".
std::string delimiter_text(char delimiter);

}  // namespace hone
