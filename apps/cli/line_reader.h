#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace hone {

// Reads a stream of lines in large pieces, but never waits for more while complete lines are at hand, so that
// a program answers a person line by line and a file megabyte by megabyte. A line ends at LF alone.
class LineReader {
 public:
  // A reader of the file descriptor, at least `piece` bytes at a time while they are available.
  explicit LineReader(int descriptor, size_t piece = size_t{1} << 20)
      : descriptor_(descriptor), piece_(piece) {}

  // The next complete lines with their LF, the last line of the stream perhaps without; empty at the end.
  // Valid until the next call. Throws DataError when reading fails and for a line beyond 256 MiB.
  std::string_view next_lines();

 private:
  bool read_more();  // false at the end of the stream
  bool more_is_ready() const;

  int descriptor_;
  size_t piece_;
  std::string buffer_;
  size_t taken_ = 0;  // bytes of buffer_ that were returned
  bool ended_ = false;
};

// Removes the first line of `lines` and returns it without its LF.
std::string_view take_line(std::string_view& lines);

}  // namespace hone
