#include "data/sets/record_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <functional>
#include <optional>
#include <span>
#include <utility>

#include <hone/core/error.h>
#include "core/quote.h"
#include "data/files/text_source.h"
#include "data/sets/delimiter.h"
#include "data/sets/json_records.h"
#include "data/sets/quoted_reader.h"

namespace hone {
namespace {

namespace fs = std::filesystem;

// Gives the first row's fields to the names, other rows to the rows.
void add_record(RecordFile& out, Record&& record) {
  if (out.names.empty()) {
    out.names = std::move(record.fields);
  } else {
    out.rows.push_back(std::move(record));
  }
}

void read_quoted(RecordFile& out, std::string_view text, char separator, int64_t first_line) {
  QuotedReader reader(out.path, text, separator, first_line);
  out.blank_lines = 0;
  while (auto record = reader.next()) {
    if (record->fields.size() == 1 && record->fields[0].find_first_not_of(' ') == std::string::npos) {
      ++out.blank_lines;
    } else {
      add_record(out, std::move(*record));
    }
  }
}

void read_unquoted(RecordFile& out, std::span<const TextLine> lines, char separator) {
  for (const auto& [number, text] : lines) {
    Record record{number, {}};
    for (size_t begin = 0;;) {
      const size_t end = text.find(separator, begin);
      record.fields.emplace_back(text.substr(begin, end - begin));
      if (end == std::string_view::npos) break;
      begin = end + 1;
    }
    add_record(out, std::move(record));
  }
}

bool is_quoted(const std::string& field) {
  return field.size() > 1 && field.front() == '"' && field.back() == '"';
}

// Notes quotes around the fields of most rows, which an unquoted format keeps as part of the text.
void note_quotes(RecordFile& out) {
  const auto has_quotes = [](const Record& row) { return std::ranges::any_of(row.fields, is_quoted); };
  const bool is_header = std::ranges::any_of(out.names, is_quoted);
  const auto rows = static_cast<size_t>(std::ranges::count_if(out.rows, has_quotes));
  if (!is_header && rows * 2 <= out.rows.size()) return;
  out.notes.emplace_back(
      "its fields stand in quotes, which format tsv takes as text; format quora takes them off");
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

std::string trimmed_lower(std::string_view name) {
  const size_t begin = std::min(name.find_first_not_of(" \t"), name.size());
  const size_t end = name.find_last_not_of(" \t");
  return lower(begin == name.size() ? "" : name.substr(begin, end + 1 - begin));
}

// The format of a file whose name does not tell, by its first character and its header.
RecordFormat guess_format(std::string_view text, const RecordForm& form, std::string& note) {
  const size_t first = text.find_first_not_of(" \t\r\n");
  const bool is_json = first != std::string_view::npos && (text[first] == '{' || text[first] == '[');
  const bool has_tabs = !is_json && find_delimiter(text, form.delimiter, ',', form.wanted).character == '\t';
  note = fmt::format("read as {}, as its beginning shows", is_json ? "JSON" : (has_tabs ? "TSV" : "CSV"));
  return is_json ? RecordFormat::jsonl : (has_tabs ? RecordFormat::tsv : RecordFormat::csv);
}

void read_fields(RecordFile& out, const TextFile& file, const RecordForm& form) {
  const char usual = out.format == RecordFormat::csv ? ',' : '\t';
  const Delimiter delimiter = find_delimiter(file.text(), form.delimiter, usual, form.wanted);
  if (!delimiter.note.empty()) out.notes.push_back(delimiter.note);
  const bool skips = delimiter.begin > 0;
  // A file that is only called .tsv, and has another delimiter, is a CSV.
  const bool is_plain = out.format == RecordFormat::tsv && (form.format || delimiter.character == '\t');
  if (is_plain) {
    read_unquoted(out, std::span(file.lines()).subspan(skips ? 1 : 0), delimiter.character);
    note_quotes(out);
    out.row_advice = "no field can hold " + delimiter_text(delimiter.character) +
                     " here; if fields stand in quotes, take format quora";
  } else {
    read_quoted(out, file.text().substr(delimiter.begin), delimiter.character, skips ? 2 : 1);
  }
  if (!is_plain)
    out.row_advice = "a field that holds " + delimiter_text(delimiter.character) + " must stand in quotes";
  if (out.names.size() != 1) return;
  out.advice = "; if its columns are not separated by " + delimiter_text(delimiter.character) +
               ", name what does with delimiter";
}

}  // namespace

std::optional<RecordFormat> record_format(const fs::path& path) {
  const fs::path name = lower(path.filename().string());
  const std::string extension = (name.extension() == ".gz" ? name.stem() : name).extension().string();
  if (extension == ".tsv" || extension == ".tab") return RecordFormat::tsv;
  if (extension == ".csv") return RecordFormat::csv;
  if (extension == ".jsonl" || extension == ".ndjson" || extension == ".json") return RecordFormat::jsonl;
  return std::nullopt;
}

RecordFile RecordFile::read(const fs::path& path, const RecordForm& form) {
  TextSource source = read_text_source(path, TextFile::kMostBytes);
  const TextFile file(path, std::move(source.bytes), form.text);
  RecordFile out{.path = path, .blank_lines = file.blank_lines(), .replaced = file.replaced()};
  for (const std::string& note : {source.note, file.note()}) {
    if (!note.empty()) out.notes.push_back(note);
  }
  auto format = form.format ? form.format : record_format(path);
  if (!format) format = guess_format(file.text(), form, out.notes.emplace_back());
  out.format = *format;
  if (out.format == RecordFormat::jsonl) {
    read_objects(out, file, form.wanted);
  } else {
    read_fields(out, file, form);
  }
  if (out.names.empty()) throw DataError(path.string() + ": empty, expected names of columns and rows");
  return out;
}

bool RecordFile::has(std::string_view name) const { return find_column(names, name).has_value(); }

bool RecordFile::has_exactly(std::string_view name) const {
  return std::ranges::find(names, name) != names.end();
}

size_t RecordFile::column(std::string_view name) const {
  if (const auto found = find_column(names, name)) return *found;
  const bool is_there = std::ranges::count(names, trimmed_lower(name), trimmed_lower) > 0;
  throw DataError(fmt::format("{}: {} column {}; it has {}{}", path.string(),
                              is_there ? "more than one" : "no", shown(name), some_of(names), advice),
                  advice.empty() ? Error::Settings{} : Error::Settings{"delimiter"});
}

std::optional<size_t> find_column(const std::vector<std::string>& names, std::string_view name) {
  const auto unique = [&](const auto& wanted, const auto& form) -> std::optional<size_t> {
    if (std::ranges::count(names, wanted, form) != 1) return std::nullopt;
    return static_cast<size_t>(std::ranges::find(names, wanted, form) - names.begin());
  };
  if (std::ranges::count(names, name) > 0) return unique(name, std::identity());
  return unique(trimmed_lower(name), trimmed_lower);
}

std::string some_of(const std::vector<std::string>& names) {
  constexpr size_t kShown = 12;
  std::string list;
  for (size_t i = 0; i < std::min(kShown, names.size()); ++i) list += (i == 0 ? "" : ", ") + shown(names[i]);
  return list + (names.size() > kShown ? ", ..." : "");
}

}  // namespace hone
