#include "data/files/text_file.h"

#include <fmt/core.h>

#include <algorithm>

#include <hone/core/error.h>
#include "core/quote.h"
#include "core/utf8.h"
#include "data/files/files.h"

namespace hone {
namespace {

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

void LineProblems::throw_if_any(const std::string& advice, const Error::Settings& settings) const {
  if (count_ == 0) return;
  const auto total = count_ == 1 ? std::string() : fmt::format(" ({} such lines in all)", count_);
  Error::Settings all = settings_;
  all.insert(all.end(), settings.begin(), settings.end());
  throw DataError(
      fmt::format("{}: {}{}{}{}", file_.string(), first_, total, advice.empty() ? "" : "; ", advice), all);
}

TextFile::TextFile(const std::filesystem::path& path, EncodingErrors errors)
    : TextFile(path, read_file_or<DataError>(path, kMostBytes), {.errors = errors}) {}

TextFile::TextFile(const std::filesystem::path& path, std::string bytes, const TextForm& form)
    : path_(path), form_(form), decoded_(decode_text(std::move(bytes), form)) {
  split();
  check();
}

void TextFile::split() {
  std::string& text = decoded_.text;
  const size_t cr = text.find('\r');
  if (cr != std::string::npos && cr + 1 < text.size() && text.find('\n') == std::string::npos)
    std::ranges::replace(text, '\r', '\n');
  std::string_view rest = text;
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
  const bool is_utf8 = decoded_.encoding == TextEncoding::utf8;
  for (const auto& [number, text] : lines_) {
    if (const size_t at = first_invalid_utf8(text); at != std::string_view::npos) {
      problems.add(number, is_utf8 ? fmt::format("invalid UTF-8 at byte {} of the line", at)
                                   : fmt::format("bytes that {} does not have", name_of(decoded_.encoding)));
    } else if (text.find('\0') != std::string_view::npos) {
      problems.add(number, "a NUL byte, which no text file holds");
    }
  }
  const Advice advice = advise();
  problems.throw_if_any(advice.text, advice.settings);
}

TextFile::Advice TextFile::advise() const {
  const std::string& text = decoded_.text;
  const bool is_utf8 = decoded_.encoding == TextEncoding::utf8, is_chosen = form_.is_chosen;
  const auto zeros = static_cast<size_t>(std::ranges::count(text, '\0'));
  if (zeros > text.size() / 4 && is_utf8 && is_chosen)
    return {"so many NUL bytes are a sign of UTF-16: take encoding utf-16", {"encoding"}};
  if (zeros > 0 && (form_.errors == EncodingErrors::replace || first_invalid_utf8(text) == std::string::npos))
    return {"remove the NUL bytes (tr -d '\\0'), or get the file again", {}};
  if (is_chosen && is_utf8 && looks_like_cp1252(text)) {
    return {"if it comes from Windows, take encoding cp1252; or take encoding_errors replace",
            {"encoding", "encoding_errors"}};
  }
  if (is_chosen && decoded_.encoding == TextEncoding::cp1252)
    return {"take encoding latin-1, which has every byte, or encoding_errors replace",
            {"encoding", "encoding_errors"}};
  return {
      is_utf8 ? "convert the file to UTF-8, or take encoding_errors replace" : "take encoding_errors replace",
      {"encoding_errors"}};
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
