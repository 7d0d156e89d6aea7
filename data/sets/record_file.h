#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "data/files/text_file.h"

namespace hone {

// The formats of files with named fields.
//   tsv     fields separated by TAB, no quoting, the first line names them
//   csv     RFC 4180: separated by commas, "quoted fields" with commas, line ends and "" for a quote; a quote
//           inside a field that does not begin with one is a character
//   quora   the same with TAB for the comma: quora_duplicate_questions.tsv
//   jsonl   a JSON object a line, or an array of objects
enum class RecordFormat { tsv, csv, quora, jsonl };
// The format of a file by its extension, also before .gz: .tsv, .tab, .csv, .jsonl, .ndjson or .json. None
// for others.
std::optional<RecordFormat> record_format(const std::filesystem::path& path);

// How a file of records is read.
struct RecordForm {
  std::optional<RecordFormat> format = std::nullopt;  // none: by the extension, else by its beginning
  std::optional<char> delimiter = std::nullopt;       // none: a line "sep=;", else as the header shows
  TextForm text = {};
  std::vector<std::string> wanted = {};  // columns that the reader hopes for
};

// A row of a file; a sound one has a field for each name.
struct Record {
  int64_t line;  // its first line, counted from 1
  std::vector<std::string> fields;
  // Columns of a JSON object that hold no text, number or boolean, each with the value's type for messages:
  // "null", "missing". Their fields are empty.
  std::vector<std::pair<size_t, std::string>> not_texts = {};
};

// A whole file of records. Blank lines are skipped.
struct RecordFile {
  std::filesystem::path path;
  RecordFormat format = RecordFormat::tsv;
  std::vector<std::string> names = {};
  std::vector<Record> rows = {};
  int64_t blank_lines = 0, replaced = 0;  // replaced: malformed sequences
  std::vector<std::string> notes = {};    // for the user: what was guessed about the file
  // The ends of messages: about an absent column, and about rows with another number of fields.
  std::string advice = {}, row_advice = {};

  // Reads a regular file, or a pipe once to its end; gzip is unpacked. Throws DataError, with the line, for
  // anything that the format does not allow, and for a file without names.
  static RecordFile read(const std::filesystem::path& path, const RecordForm& form = {});

  bool has(std::string_view name) const;  // as find_column()
  bool has_exactly(std::string_view name) const;
  size_t column(std::string_view name) const;  // its index; DataError when it is absent or there twice
};

// The place of a name among the columns' names: the same one or, without it, the only one that differs in
// case or blanks around it alone. None when it is absent or there twice.
std::optional<size_t> find_column(const std::vector<std::string>& names, std::string_view name);

// The first few of some names, escaped, for messages: "a", "b", ...
std::string some_of(const std::vector<std::string>& names);

}  // namespace hone
