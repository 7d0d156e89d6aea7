#include "data/files/gzip.h"

#include <zlib.h>

#include <algorithm>
#include <limits>
#include <new>

#include <hone/core/error.h>

namespace hone {
namespace {

constexpr size_t kChunkBytes = 1 << 18;

// A gzip stream that is being read.
class GzipStream {
 public:
  explicit GzipStream(std::string_view bytes) : rest_(bytes) {
    if (::inflateInit2(&stream_, MAX_WBITS + 16) != Z_OK) throw std::bad_alloc();
  }
  GzipStream(const GzipStream&) = delete;
  GzipStream& operator=(const GzipStream&) = delete;
  ~GzipStream() { ::inflateEnd(&stream_); }

  // Inflates into `out` until it is full or the input is used up; returns the number of bytes written.
  size_t run(std::string& out) {
    const size_t most = std::numeric_limits<uInt>::max();
    const auto given = static_cast<uInt>(std::min(rest_.size(), most));
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(rest_.data()));
    stream_.avail_in = given;
    stream_.next_out = reinterpret_cast<Bytef*>(out.data());
    stream_.avail_out = static_cast<uInt>(out.size());
    status_ = ::inflate(&stream_, Z_NO_FLUSH);
    rest_.remove_prefix(given - stream_.avail_in);
    return out.size() - stream_.avail_out;
  }
  bool damaged() const { return status_ != Z_OK && status_ != Z_STREAM_END && status_ != Z_BUF_ERROR; }
  bool ended() const { return status_ == Z_STREAM_END; }
  std::string_view rest() const { return rest_; }
  void begin_next() { ::inflateReset(&stream_); }

 private:
  z_stream stream_{};
  std::string_view rest_;
  int status_ = Z_OK;
};

bool is_padding(std::string_view bytes) { return bytes.find_first_not_of('\0') == std::string_view::npos; }

}  // namespace

bool is_gzip(std::string_view bytes) { return bytes.starts_with("\x1F\x8B"); }

std::string gunzip(std::string_view bytes, uint64_t max_bytes, const std::string& name) {
  GzipStream stream(bytes);
  std::string content, chunk(kChunkBytes, '\0');
  const auto refuse = [&](const std::string& problem) { throw DataError(name + ": " + problem); };
  while (true) {
    const size_t count = stream.run(chunk);
    if (stream.damaged()) refuse("a damaged gzip file; gzip -t examines it");
    if (count > max_bytes - content.size()) {
      refuse("holds more than " + std::to_string(max_bytes) +
             " bytes when unpacked, which is the most; "
             "cut it into parts");
    }
    content.append(chunk, 0, count);
    if (!stream.ended()) {
      if (count == 0 && stream.rest().empty()) refuse("a gzip file that is cut off; get it again");
    } else if (is_padding(stream.rest())) {
      return content;
    } else {
      if (!is_gzip(stream.rest())) refuse("a gzip file with other bytes behind it; gzip -t examines it");
      stream.begin_next();
    }
  }
}

}  // namespace hone
