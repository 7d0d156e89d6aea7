#include "apps/cli/line_reader.h"

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <hone/core/error.h>
#include "apps/cli/stream.h"

namespace hone {
namespace {

constexpr size_t kLongestLine = size_t{256} << 20;
constexpr size_t kRead = size_t{256} << 10;  // bytes of one read(); pipes give 64 KiB

}  // namespace

bool LineReader::more_is_ready() const {
  pollfd input{descriptor_, POLLIN, 0};
  return ::poll(&input, 1, 0) > 0;
}

bool LineReader::read_more() {
  const size_t size = buffer_.size();
  const size_t wanted = std::min(piece_, kRead);
  buffer_.resize(size + wanted);
  const ssize_t count = read_stream(descriptor_, buffer_.data() + size, wanted);
  const int error = errno;
  buffer_.resize(size + static_cast<size_t>(count > 0 ? count : 0));
  if (count < 0) throw DataError(std::string("stdin: cannot read: ") + std::strerror(error));
  return count > 0;
}

std::string_view LineReader::next_lines() {
  buffer_.erase(0, taken_);
  taken_ = 0;
  size_t end = std::string::npos;  // the position of the last LF found
  size_t searched = 0;
  while (!ended_) {
    ended_ = !read_more();
    if (end == std::string::npos && buffer_.size() > kLongestLine) {
      throw DataError("stdin: a line is longer than 256 MiB; lines end with LF");
    }
    const size_t found = std::string_view(buffer_).substr(searched).rfind('\n');
    if (found != std::string::npos) end = searched + found;
    searched = buffer_.size();
    if (end != std::string::npos && (buffer_.size() >= piece_ || !more_is_ready())) break;
  }
  taken_ = ended_ || end == std::string::npos ? buffer_.size() : end + 1;
  return std::string_view(buffer_).substr(0, taken_);
}

std::string_view take_line(std::string_view& lines) {
  const size_t end = lines.find('\n');
  const std::string_view line = lines.substr(0, end);
  lines.remove_prefix(end == std::string_view::npos ? lines.size() : end + 1);
  return line;
}

}  // namespace hone
