#include "data/files/text_source.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>

#include <hone/core/error.h>
#include "data/files/files.h"
#include "data/files/gzip.h"

namespace hone {
namespace {

namespace fs = std::filesystem;
using namespace std::string_view_literals;

// A kind of file that is no text, by its first bytes, and what to do with it.
struct OtherKind {
  std::string_view begins;
  const char *name, *advice;
};
constexpr OtherKind kOtherKinds[] = {
    {"PK\3\4"sv, "a zip archive or an Excel workbook", "unpack it (unzip), or save the sheet as CSV"},
    {"\xD0\xCF\x11\xE0"sv, "an Excel workbook", "save the sheet as CSV"},
    {"BZh"sv, "a bzip2 file", "unpack it with bunzip2"},
    {"\xFD"
     "7zXZ"sv,
     "an xz file", "unpack it with unxz"},
    {"\x28\xB5\x2F\xFD"sv, "a zstd file", "unpack it with zstd -d"},
    {"7z\xBC\xAF"sv, "a 7-zip archive", "unpack it"},
    {"Rar!"sv, "a rar archive", "unpack it"},
    {"PAR1"sv, "a Parquet file", "write it as CSV, for example by pandas: read_parquet(...).to_csv(...)"},
    {"ARROW1"sv, "an Arrow file", "write it as CSV or JSON lines"},
    {"SQLite format 3"sv, "an SQLite database", "write a table as CSV: sqlite3 -csv -header"},
    {"\x93NUMPY"sv, "a NumPy file", "write it as CSV or JSON lines"},
    {"%PDF"sv, "a PDF document", "write its table as CSV"},
    {"version https://git-lfs"sv, "a pointer of Git LFS, not the file", "get it with git lfs pull"},
    {"<!DOCTYPE"sv, "a web page, not the file", "get the file itself"},
    {"<!doctype"sv, "a web page, not the file", "get the file itself"},
    {"<html"sv, "a web page, not the file", "get the file itself"},
};

void refuse_other_kinds(const fs::path& path, std::string_view bytes) {
  constexpr size_t kTarMark = 257;
  const bool is_tar = bytes.size() > kTarMark && bytes.substr(kTarMark).starts_with("ustar");
  if (is_tar) throw DataError(path.string() + ": a tar archive; unpack it with tar -xf");
  const auto found = std::ranges::find_if(
      kOtherKinds, [&](const OtherKind& kind) { return bytes.starts_with(kind.begins); });
  if (found == std::end(kOtherKinds)) return;
  throw DataError(fmt::format("{}: {}; {}", path.string(), found->name, found->advice));
}

[[noreturn]] void fail(const fs::path& path, const char* action) {
  const int code = errno;
  throw DataError(fmt::format("{}: cannot {}: {}", path.string(), action, std::strerror(code)));
}

// Reads a file that has no size to its end.
std::string read_stream(const fs::path& path, uint64_t max_bytes) {
  struct Descriptor {
    int number;
    ~Descriptor() {
      if (number >= 0) ::close(number);
    }
  };
  const Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};  // waits for the writer of a FIFO
  if (file.number < 0) fail(path, "open");
  std::string bytes, chunk(size_t{1} << 16, '\0');
  while (true) {
    const auto count = ::read(file.number, chunk.data(), chunk.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail(path, "read");
    if (count == 0) return bytes;
    if (static_cast<uint64_t>(count) > max_bytes - bytes.size()) {
      throw DataError(fmt::format("{}: more than {} bytes, which is the most", path.string(), max_bytes));
    }
    bytes.append(chunk, 0, static_cast<size_t>(count));
  }
}

}  // namespace

bool is_read_once(const fs::path& path) {
  std::error_code error;
  const auto type = fs::status(path, error).type();
  return type == fs::file_type::fifo || type == fs::file_type::character || type == fs::file_type::socket ||
         type == fs::file_type::unknown;
}

bool is_same_file(const fs::path& a, const fs::path& b) {
  struct stat one {
  }, other{};
  return ::stat(a.c_str(), &one) == 0 && ::stat(b.c_str(), &other) == 0 && one.st_dev == other.st_dev &&
         one.st_ino == other.st_ino;
}

TextSource read_text_source(const fs::path& path, uint64_t max_bytes) {
  TextSource source;
  source.bytes = is_read_once(path) ? read_stream(path, max_bytes) : read_file_or<DataError>(path, max_bytes);
  refuse_other_kinds(path, source.bytes);
  const bool named_gzip = path.extension() == ".gz";
  if (is_gzip(source.bytes)) {
    source.bytes = gunzip(source.bytes, max_bytes, path.string());
    refuse_other_kinds(path, source.bytes);
    if (!named_gzip) source.note = "unpacked as gzip, which its first bytes say it is";
  } else if (named_gzip) {
    source.note = "read as it is: in spite of its name it is not gzip";
  }
  return source;
}

}  // namespace hone
