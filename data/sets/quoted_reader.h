#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "data/sets/record_file.h"

namespace hone {

// Reads RFC 4180 text row by row, with any separator. A quote inside a field that does not begin with one is
// a character; blanks may follow a quoted field.
class QuotedReader {
 public:
  // Reads `text`, whose first line is line `line` of the file.
  QuotedReader(const std::filesystem::path& path, std::string_view text, char separator, int64_t line = 1)
      : path_(path), rest_(text), separator_(separator), line_(line) {}

  // Reads the next row; nothing at the end. A blank line is a row of one empty field. Throws DataError for a
  // quoted field without an end or with text behind it.
  std::optional<Record> next();

 private:
  std::string plain();
  std::string quoted();
  void end_line();
  [[noreturn]] void refuse(const char* problem) const;

  const std::filesystem::path& path_;
  std::string_view rest_;
  char separator_;
  int64_t line_;
};

}  // namespace hone
