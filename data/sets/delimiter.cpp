#include "data/sets/delimiter.h"

#include <fmt/core.h>

#include <algorithm>
#include <tuple>

#include <hone/core/error.h>
#include "data/sets/quoted_reader.h"

namespace hone {
namespace {

constexpr char kCandidates[] = {',', ';', '\t', '|'};

// The header's columns by this delimiter; none where its quotes do not fit.
std::vector<std::string> columns_of(std::string_view text, char delimiter) {
  const std::filesystem::path name;
  try {
    const auto record = QuotedReader(name, text, delimiter).next();
    return record ? record->fields : std::vector<std::string>{};
  } catch (const DataError&) {
    return {};
  }
}

char guess(std::string_view header, char usual, const std::vector<std::string>& wanted) {
  const auto merit = [&](char delimiter) {
    const auto columns = columns_of(header, delimiter);
    const auto found = std::ranges::count_if(
        wanted, [&](const std::string& name) { return find_column(columns, name).has_value(); });
    return std::tuple(found, columns.size(), delimiter == usual);
  };
  return *std::ranges::max_element(kCandidates, {}, merit);
}

// The character of Excel's first line "sep=;", with or without quotes around it.
std::optional<char> excel_delimiter(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (line.size() > 2 && line.starts_with('"') && line.ends_with('"')) line = line.substr(1, line.size() - 2);
  const bool fits = line.size() == 5 && (line.starts_with("sep=") || line.starts_with("SEP="));
  return fits ? std::optional(line[4]) : std::nullopt;
}

}  // namespace

Delimiter find_delimiter(std::string_view text, std::optional<char> chosen, char usual,
                         const std::vector<std::string>& wanted) {
  Delimiter out{usual, 0, ""};
  const size_t end = std::min(text.find('\n'), text.size());
  const auto excel = excel_delimiter(text.substr(0, end));
  if (excel) out.begin = std::min(end + 1, text.size());
  if (chosen || excel) {
    out.character = chosen ? *chosen : *excel;
    if (!chosen) out.note = fmt::format("separated by {}, as its line sep= says", delimiter_text(*excel));
    return out;
  }
  out.character = guess(text, usual, wanted);
  if (out.character != usual)
    out.note = fmt::format("separated by {}, as its header shows", delimiter_text(out.character));
  return out;
}

std::string delimiter_text(char delimiter) {
  return delimiter == '\t' ? "TAB" : fmt::format("\"{}\"", delimiter);
}

}  // namespace hone
