#include "data/files/text_file.h"

#include <fmt/core.h>

#include <algorithm>

#include <hone/core/error.h>
#include "core/quote.h"
#include "core/utf8.h"
#include "data/files/files.h"

namespace hone {
namespace {

constexpr uint64_t kMostBytes = uint64_t{1} << 31;
constexpr int64_t kShownProblems = 5;

std::string_view take_line(std::string_view& rest) {
  const size_t end = rest.find('\n');
  std::string_view line = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

}  // namespace

void LineProblems::add(int64_t line, const std::string& problem, const Error::Settings& settings) {
  if (++count_ > kShownProblems) return;
  settings_.insert(settings_.end(), settings.begin(), settings.end());
  first_ += fmt::format("{}line {}: {}", count_ == 1 ? "" : "; ", line, problem);
}

void LineProblems::throw_if_any() const {
  if (count_ == 0) return;
  const auto total = count_ == 1 ? std::string() : fmt::format(" ({} such lines in all)", count_);
  throw DataError(fmt::format("{}: {}{}", file_.string(), first_, total), settings_);
}

TextFile::TextFile(const std::filesystem::path& path, EncodingErrors errors)
    : path_(path), bytes_(read_file_or<DataError>(path, kMostBytes)) {
  if (errors == EncodingErrors::replace) replaced_ = replace_invalid_utf8(bytes_);
  split();
  check();
}

void TextFile::split() {
  text_ = bytes_;
  if (text_.starts_with("\xEF\xBB\xBF")) text_.remove_prefix(3);
  std::string_view rest = text_;
  for (int64_t number = 1; !rest.empty(); ++number) {
    const std::string_view line = take_line(rest);
    if (line.find_first_not_of(' ') == std::string_view::npos) {
      ++blank_lines_;
    } else {
      lines_.push_back({number, line});
    }
  }
}

void TextFile::check() const {
  LineProblems problems(path_);
  for (const auto& [number, text] : lines_) {
    if (const size_t at = first_invalid_utf8(text); at != std::string_view::npos) {
      problems.add(number,
                   fmt::format("invalid UTF-8 at byte {} of the line; convert the file to UTF-8, or "
                               "take encoding_errors replace",
                               at),
                   {"encoding_errors"});
    } else if (text.find('\0') != std::string_view::npos) {
      problems.add(number, "a NUL byte, which no text file holds");
    }
  }
  problems.throw_if_any();
}

TsvFile::TsvFile(const std::filesystem::path& path, EncodingErrors errors) : file_(path, errors) {
  if (file_.lines().empty()) {
    throw DataError(path.string() + ": empty, expected a line of column names and rows");
  }
  split_fields(file_.lines().front().text, columns_);
}

bool TsvFile::has(std::string_view name) const {
  return std::find(columns_.begin(), columns_.end(), name) != columns_.end();
}

size_t TsvFile::column(std::string_view name) const {
  const auto found = std::find(columns_.begin(), columns_.end(), name);
  if (std::count(columns_.begin(), columns_.end(), name) > 1) {
    throw DataError(fmt::format("{}: line {}: wrong header: column \"{}\" occurs more than once",
                                path().string(), file_.lines().front().number, name));
  }
  if (found != columns_.end()) return static_cast<size_t>(found - columns_.begin());
  throw DataError(
      fmt::format("{}: line {}: wrong header: no column \"{}\" in {}; columns are separated by TAB",
                  path().string(), file_.lines().front().number, name, shown(file_.lines().front().text)));
}

void TsvFile::split_fields(std::string_view line, std::vector<std::string_view>& fields) {
  fields.clear();
  for (size_t begin = 0;;) {
    const size_t end = line.find('\t', begin);
    fields.push_back(line.substr(begin, end - begin));
    if (end == std::string_view::npos) return;
    begin = end + 1;
  }
}

}  // namespace hone
