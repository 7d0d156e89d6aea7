#include "data/files/zip.h"

#include <zlib.h>

#include <algorithm>

#include <hone/core/error.h>
#include "core/quote.h"
#include "data/files/zip_directory.h"

namespace hone {
namespace {

constexpr size_t kChunkBytes = 1 << 18;

uint32_t extended_crc(uint32_t crc, const void* bytes, size_t count) {
  return static_cast<uint32_t>(::crc32_z(crc, static_cast<const Bytef*>(bytes), count));
}

// A raw deflate stream that is being read.
class Inflater {
 public:
  Inflater() {
    if (::inflateInit2(&stream_, -MAX_WBITS) != Z_OK) throw std::bad_alloc();
  }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  ~Inflater() { ::inflateEnd(&stream_); }

  void set_input(std::span<std::byte> bytes) {
    stream_.next_in = reinterpret_cast<Bytef*>(bytes.data());
    stream_.avail_in = static_cast<uInt>(bytes.size());
  }
  // Inflates into `out` until that is full or the input is used up. Returns the number of bytes written.
  size_t run(std::span<char> out) {
    stream_.next_out = reinterpret_cast<Bytef*>(out.data());
    stream_.avail_out = static_cast<uInt>(out.size());
    status_ = ::inflate(&stream_, Z_NO_FLUSH);
    return out.size() - stream_.avail_out;
  }
  bool damaged() const { return status_ != Z_OK && status_ != Z_STREAM_END && status_ != Z_BUF_ERROR; }
  bool ended() const { return status_ == Z_STREAM_END; }
  size_t input_left() const { return stream_.avail_in; }

 private:
  z_stream stream_{};
  int status_ = Z_OK;
};

template <class Action>
auto as_data_error(Action action) {
  try {
    return action();
  } catch (const Error& error) {
    throw DataError(error.what());
  }
}

}  // namespace

ZipFile ZipFile::open(const std::filesystem::path& path) {
  ZipFile result(as_data_error([&] { return InputFile(path); }));
  result.members_ = read_zip_directory(result.file_);
  return result;
}

const ZipMember* ZipFile::find(std::string_view name) const {
  const auto at =
      std::ranges::lower_bound(members_, name, {}, [](auto& m) -> std::string_view { return m.name; });
  return at == members_.end() || at->name != name ? nullptr : &*at;
}

void ZipFile::fail(const ZipMember& member, const std::string& problem) const {
  throw DataError(path().string() + ": member " + shown(member.name) + ": " + problem);
}

std::string ZipFile::read(const ZipMember& member, uint64_t max_bytes) const {
  if (member.size > max_bytes) {
    fail(member, "has " + std::to_string(member.size) + " bytes, at most " + std::to_string(max_bytes) +
                     " are expected");
  }
  if (member.deflated) return inflate(member);
  std::string bytes(member.size, '\0');
  read_stored(member, 0, std::as_writable_bytes(std::span(bytes)));
  if (extended_crc(0, bytes.data(), bytes.size()) != member.crc)
    fail(member, "damaged: its CRC does not match");
  return bytes;
}

void ZipFile::check_stored(const ZipMember& member) const {
  std::vector<std::byte> chunk(std::min<uint64_t>(kChunkBytes, member.size));
  uint32_t crc = 0;
  for (uint64_t offset = 0; offset < member.size; offset += chunk.size()) {
    chunk.resize(std::min<uint64_t>(chunk.size(), member.size - offset));
    read_stored(member, offset, chunk);
    crc = extended_crc(crc, chunk.data(), chunk.size());
  }
  if (crc != member.crc) fail(member, "damaged: its CRC does not match");
}

void ZipFile::read_stored(const ZipMember& member, uint64_t offset, std::span<std::byte> out) const {
  if (member.deflated || offset > member.size || out.size() > member.size - offset)
    fail(member, "asked for bytes that are not stored");
  as_data_error([&] { file_.read(member.begin + offset, out); });
}

std::string ZipFile::inflate(const ZipMember& member) const {
  Inflater inflater;
  std::vector<std::byte> input(kChunkBytes);
  std::string content, output(kChunkBytes, '\0');
  uint64_t read = 0;
  while (!inflater.ended()) {
    if (inflater.input_left() == 0 && read < member.compressed_size) {
      const auto next =
          std::span(input).first(std::min<uint64_t>(kChunkBytes, member.compressed_size - read));
      as_data_error([&] { file_.read(member.begin + read, next); });
      read += next.size();
      inflater.set_input(next);
    }
    const size_t count = inflater.run(output);
    if (inflater.damaged()) fail(member, "damaged: its deflated bytes are not legal");
    const bool used_up = inflater.input_left() == 0 && read == member.compressed_size;
    if (count == 0 && used_up && !inflater.ended()) fail(member, "damaged: its deflated bytes are cut off");
    if (count > member.size - content.size())
      fail(member, "holds more than the " + std::to_string(member.size) + " bytes that it claims");
    content.append(output, 0, count);
  }
  if (content.size() != member.size || read != member.compressed_size || inflater.input_left() != 0)
    fail(member, "damaged: its sizes are not those that it claims");
  if (extended_crc(0, content.data(), content.size()) != member.crc)
    fail(member, "damaged: its CRC does not match");
  return content;
}

}  // namespace hone
