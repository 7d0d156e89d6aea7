#include "data/sets/record_file.h"

#include <fmt/core.h>

#include <algorithm>
#include <optional>
#include <utility>

#include <hone/core/error.h>
#include "core/quote.h"
#include "data/json/json.h"

namespace hone {
namespace {

namespace fs = std::filesystem;

// Reads RFC 4180 text row by row.
class QuotedReader {
 public:
  QuotedReader(const fs::path& path, std::string_view text, char separator)
      : path_(path), rest_(text), separator_(separator) {}

  // Reads the next row; nothing at the end. A blank line is a row of one empty field.
  std::optional<Record> next() {
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

 private:
  std::string plain() {
    size_t at = 0;
    while (at < rest_.size() && rest_[at] != '\n' && rest_[at] != separator_) {
      if (rest_[at] == '"') refuse("a quote inside a field that does not begin with one");
      ++at;
    }
    std::string_view field = rest_.substr(0, at);
    if ((at == rest_.size() || rest_[at] == '\n') && field.ends_with('\r')) field.remove_suffix(1);
    rest_.remove_prefix(at);
    return std::string(field);
  }

  std::string quoted() {
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
      if (!rest_.starts_with('"')) return field;
      field += '"';
      rest_.remove_prefix(1);
    }
  }

  void end_line() {
    if (rest_.starts_with("\r\n")) rest_.remove_prefix(1);
    if (rest_ == "\r") rest_ = {};
    if (rest_.empty()) return;
    if (!rest_.starts_with('\n')) refuse("text after the end of a quoted field");
    rest_.remove_prefix(1);
    ++line_;
  }

  [[noreturn]] void refuse(const char* problem) const {
    throw DataError(fmt::format("{}: line {}: {}; write a quote inside a quoted field as two", path_.string(),
                                line_, problem));
  }

  const fs::path& path_;
  std::string_view rest_;
  char separator_;
  int64_t line_ = 1;
};

void read_quoted(RecordFile& out, const TextFile& file, char separator) {
  QuotedReader reader(out.path, file.bytes(), separator);
  out.blank_lines = 0;
  while (auto record = reader.next()) {
    if (record->fields.size() == 1 && record->fields[0].find_first_not_of(' ') == std::string::npos) {
      ++out.blank_lines;
    } else if (out.names.empty()) {
      out.names = std::move(record->fields);
    } else {
      out.rows.push_back(std::move(*record));
    }
  }
}

void read_tabs(RecordFile& out, const TextFile& file) {
  for (const auto& [number, text] : file.lines()) {
    Record record{number, {}};
    for (size_t begin = 0;;) {
      const size_t end = text.find('\t', begin);
      record.fields.emplace_back(text.substr(begin, end - begin));
      if (end == std::string_view::npos) break;
      begin = end + 1;
    }
    if (out.names.empty()) {
      out.names = std::move(record.fields);
    } else {
      out.rows.push_back(std::move(record));
    }
  }
}

std::optional<std::string> field_text(const Json& value) {
  if (value.is_string()) return value.as_string("");
  if (value.is_integer()) return std::to_string(value.as_int(""));
  if (value.is_number()) return fmt::format("{}", value.as_number(""));
  if (value.is_bool()) return value.as_bool("") ? "true" : "false";
  return std::nullopt;
}

void add_object(RecordFile& out, int64_t line, const Json& object) {
  const auto& members = object.as_object("it");
  if (out.names.empty()) {
    for (const auto& [name, value] : members) out.names.push_back(name);
  }
  Record record{line, {}};
  for (const std::string& name : out.names) {
    const Json* value = object.find(name);
    auto text = value == nullptr ? std::nullopt : field_text(*value);
    if (!text)
      record.not_texts.emplace_back(record.fields.size(), value == nullptr ? "missing" : value->type_name());
    record.fields.push_back(std::move(text).value_or(""));
  }
  out.rows.push_back(std::move(record));
}

void read_objects(RecordFile& out, const TextFile& file) {
  constexpr size_t kSlack = 1 << 20;
  size_t missing = 0;  // fields that few bytes of text lack must not use memory without bound
  LineProblems problems(out.path);
  for (const auto& [number, text] : file.lines()) {
    try {
      add_object(out, number, parse_json(text, "JSON"));
      missing += out.rows.back().not_texts.size();
      if (missing > file.bytes().size() + kSlack) {
        throw DataError(out.path.string() + ": most lines lack most members of the first; is it JSON lines?");
      }
    } catch (const ModelError& error) {  // thrown by the JSON reader
      problems.add(number, error.what());
    }
  }
  problems.throw_if_any();
}

}  // namespace

RecordFormat record_format(const fs::path& path) {
  const std::string extension = path.extension().string();
  if (extension == ".tsv") return RecordFormat::tsv;
  if (extension == ".csv") return RecordFormat::csv;
  if (extension == ".jsonl" || extension == ".ndjson") return RecordFormat::jsonl;
  throw DataError(
      fmt::format("{}: its extension does not tell the format; it should be .tsv, .csv or .jsonl, "
                  "or name it with format",
                  path.string()),
      {"format"});
}

RecordFile RecordFile::read(const fs::path& path, RecordFormat format, EncodingErrors errors) {
  const TextFile file(path, errors);
  RecordFile out{path, {}, {}, file.blank_lines(), file.replaced()};
  if (format == RecordFormat::tsv) read_tabs(out, file);
  if (format == RecordFormat::csv) read_quoted(out, file, ',');
  if (format == RecordFormat::quora) read_quoted(out, file, '\t');
  if (format == RecordFormat::jsonl) read_objects(out, file);
  if (out.names.empty()) throw DataError(path.string() + ": empty, expected names of columns and rows");
  return out;
}

bool RecordFile::has(std::string_view name) const { return std::ranges::find(names, name) != names.end(); }

size_t RecordFile::column(std::string_view name) const {
  const auto count = std::ranges::count(names, name);
  if (count == 1) return static_cast<size_t>(std::ranges::find(names, name) - names.begin());
  throw DataError(fmt::format("{}: {} column {}; it has {}", path.string(),
                              count == 0 ? "no" : "more than one", shown(name), some_of(names)));
}

std::string some_of(const std::vector<std::string>& names) {
  constexpr size_t kShown = 12;
  std::string list;
  for (size_t i = 0; i < std::min(kShown, names.size()); ++i) list += (i == 0 ? "" : ", ") + shown(names[i]);
  return list + (names.size() > kShown ? ", ..." : "");
}

}  // namespace hone
