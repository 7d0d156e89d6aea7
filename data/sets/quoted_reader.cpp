#include "data/sets/quoted_reader.h"

#include <fmt/core.h>

#include <algorithm>

#include <hone/core/error.h>

namespace hone {

std::optional<Record> QuotedReader::next() {
  if (rest_.empty()) return std::nullopt;
  Record record{line_, {}};
  while (true) {
    record.fields.push_back(rest_.starts_with('"') ? quoted() : plain());
    if (rest_.starts_with(separator_)) {
      rest_.remove_prefix(1);
    } else {
      end_line();
      return record;
    }
  }
}

std::string QuotedReader::plain() {
  const char ends[] = {'\n', separator_};
  const size_t at = std::min(rest_.find_first_of({ends, 2}), rest_.size());
  std::string_view field = rest_.substr(0, at);
  if ((at == rest_.size() || rest_[at] == '\n') && field.ends_with('\r')) field.remove_suffix(1);
  rest_.remove_prefix(at);
  return std::string(field);
}

std::string QuotedReader::quoted() {
  const int64_t begin = line_;
  std::string field;
  rest_.remove_prefix(1);
  while (true) {
    const size_t at = rest_.find('"');
    if (at == std::string_view::npos) {
      line_ = begin;
      refuse("the quoted field that begins here has no end");
    }
    line_ += std::ranges::count(rest_.substr(0, at), '\n');
    field += rest_.substr(0, at);
    rest_.remove_prefix(at + 1);
    if (!rest_.starts_with('"')) break;
    field += '"';
    rest_.remove_prefix(1);
  }
  const size_t blanks = std::min(rest_.find_first_not_of(' '), rest_.size());
  rest_.remove_prefix(separator_ == ' ' ? 0 : blanks);
  return field;
}

void QuotedReader::end_line() {
  if (rest_.starts_with("\r\n")) rest_.remove_prefix(1);
  if (rest_ == "\r") rest_ = {};
  if (rest_.empty()) return;
  if (!rest_.starts_with('\n')) refuse("text after the end of a quoted field");
  rest_.remove_prefix(1);
  ++line_;
}

void QuotedReader::refuse(const char* problem) const {
  const std::string otherwise =
      separator_ == '\t' ? ", or take format tsv, which knows no quotes, for a file without quoting" : "";
  throw DataError(fmt::format("{}: line {}: {}; write a quote inside a quoted field as two{}", path_.string(),
                              line_, problem, otherwise),
                  otherwise.empty() ? Error::Settings{} : Error::Settings{"format"});
}

}  // namespace hone
