#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace hone {

// The bytes of a text that a user names.
struct TextSource {
  std::string bytes;
  std::string note;  // for the user: how it was unpacked; "" when it was not
};

// Reads a regular file, or a pipe or terminal (/dev/stdin, a FIFO) once to its end, and unpacks gzip, by its
// first bytes. Throws DataError when it cannot be read, is larger than max_bytes (unpacked, too) or is of a
// kind that is no text: an archive, a workbook, Parquet, a web page; the message says how to make one.
TextSource read_text_source(const std::filesystem::path& path, uint64_t max_bytes);

// True for a pipe, a terminal or another file that can be read only once.
bool is_read_once(const std::filesystem::path& path);

// True when both name one file, pipes included (std::filesystem::equivalent knows none).
bool is_same_file(const std::filesystem::path& a, const std::filesystem::path& b);

}  // namespace hone
