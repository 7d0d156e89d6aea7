#pragma once

#include <string>
#include <utility>
#include <vector>

namespace hone {

using NamedValues = std::vector<std::pair<std::string, std::string>>;

// A self-contained page around `body` (HTML): style sheet, title (escaped here), light and dark colours.
std::string html_page(const std::string& title, const std::string& subtitle, const std::string& body);

// A <section> with a heading; an empty string when `body` is empty.
std::string html_section(const std::string& heading, const std::string& body);

// A table of names and values, both escaped here.
std::string html_list(const NamedValues& values);

// A table; cells are HTML. Columns but the first are aligned to the right.
std::string html_table(const std::vector<std::string>& head,
                       const std::vector<std::vector<std::string>>& rows);

}  // namespace hone
