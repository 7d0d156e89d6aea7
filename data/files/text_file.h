#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <hone/core/error.h>
#include <hone/data/files/encoding_errors.h>
#include "data/files/text_encoding.h"

namespace hone {

// The problems found in the lines of one data file, collected so that one message shows the first five and
// the total.
class LineProblems {
 public:
  explicit LineProblems(std::filesystem::path file) : file_(std::move(file)) {}

  // The settings that the message names, as for Error.
  void add(int64_t line, const std::string& problem, const Error::Settings& settings = {});
  // Throws DataError; `advice` ends the message, with the settings that it names.
  void throw_if_any(const std::string& advice = "", const Error::Settings& settings = {}) const;

 private:
  std::filesystem::path file_;
  std::string first_;
  Error::Settings settings_;
  int64_t count_ = 0;
};

struct TextLine {
  int64_t number;  // from 1
  std::string_view text;
};

// A text file in memory as UTF-8, in lines: a BOM at its start and one CR before each LF are removed, blank
// lines skipped, a missing last line end is fine. Lines of a file without any LF end with CR. Throws
// DataError when the file cannot be read, is larger than kMostBytes, holds a NUL or, under
// EncodingErrors::strict, bytes that its encoding does not have.
class TextFile {
 public:
  static constexpr uint64_t kMostBytes = uint64_t{1} << 31;

  explicit TextFile(const std::filesystem::path& path, EncodingErrors errors = EncodingErrors::strict);
  // The text of bytes that were read before; `path` names them in messages.
  TextFile(const std::filesystem::path& path, std::string bytes, const TextForm& form);
  TextFile(const TextFile&) = delete;
  TextFile& operator=(const TextFile&) = delete;

  const std::filesystem::path& path() const { return path_; }
  const std::vector<TextLine>& lines() const { return lines_; }  // views into this object
  std::string_view text() const { return decoded_.text; }        // the whole file without a BOM
  int64_t blank_lines() const { return blank_lines_; }
  int64_t replaced() const { return decoded_.replaced; }  // malformed sequences that became U+FFFD
  EncodingErrors errors() const { return form_.errors; }
  // How it was read, for the user, where something was guessed or a byte order mark obeyed; "" else.
  const std::string& note() const { return decoded_.note; }

 private:
  void split();
  void check() const;
  struct Advice {
    std::string text;
    Error::Settings settings;
  };
  Advice advise() const;  // the way out for a text with malformed or NUL bytes

  std::filesystem::path path_;
  TextForm form_;
  DecodedText decoded_;
  std::vector<TextLine> lines_;
  int64_t blank_lines_ = 0;
};

// A text file of fields separated by TAB, without quoting, whose first line names the columns.
class TsvFile {
 public:
  explicit TsvFile(const std::filesystem::path& path, EncodingErrors errors = EncodingErrors::strict);

  const std::filesystem::path& path() const { return file_.path(); }
  int64_t blank_lines() const { return file_.blank_lines(); }
  int64_t replaced() const { return file_.replaced(); }
  const std::vector<std::string_view>& columns() const { return columns_; }
  bool has(std::string_view column) const;
  size_t column(std::string_view name) const;  // its index; DataError when there is none

  // Calls use(line number, fields) for each row; the fields live until it returns.
  template <class Use>
  void for_each_row(Use use) const {
    std::vector<std::string_view> fields;
    for (size_t i = 1; i < file_.lines().size(); ++i) {
      split_fields(file_.lines()[i].text, fields);
      use(file_.lines()[i].number, fields);
    }
  }

 private:
  static void split_fields(std::string_view line, std::vector<std::string_view>& fields);

  TextFile file_;
  std::vector<std::string_view> columns_;
};

}  // namespace hone
