#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "data/files/text_file.h"

namespace hone {

// The formats of files with named fields.
//   tsv     fields separated by TAB, no quoting, the first line names them
//   csv     RFC 4180: separated by commas, "quoted fields" with commas, line ends and "" for a quote
//   quora   the same with TAB for the comma: quora_duplicate_questions.tsv
//   jsonl   a JSON object a line
enum class RecordFormat { tsv, csv, quora, jsonl };
// The format of a file by its extension: .tsv, .csv, .jsonl or .ndjson. DataError for others.
RecordFormat record_format(const std::filesystem::path& path);

// A row of a file; a sound one has a field for each name.
struct Record {
  int64_t line;  // its first line, counted from 1
  std::vector<std::string> fields;
  // Columns of a JSON object that hold no text, number or boolean, each with the value's type for messages:
  // "null", "missing". Their fields are empty.
  std::vector<std::pair<size_t, std::string>> not_texts = {};
};

// A whole file of records. Blank lines are skipped. The names of JSON lines are those of the first object's
// members.
struct RecordFile {
  std::filesystem::path path;
  std::vector<std::string> names;
  std::vector<Record> rows;
  int64_t blank_lines = 0, replaced = 0;  // replaced: invalid UTF-8 sequences

  // Reads a file. Throws DataError, with the line, for anything that the format does not allow, and for a
  // file without names.
  static RecordFile read(const std::filesystem::path& path, RecordFormat format,
                         EncodingErrors errors = EncodingErrors::strict);

  bool has(std::string_view name) const;
  size_t column(std::string_view name) const;  // its index; DataError when it is absent or there twice
};

// The first few of some names, escaped, for messages: "a", "b", ...
std::string some_of(const std::vector<std::string>& names);

}  // namespace hone
