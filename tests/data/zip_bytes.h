#pragma once

#include <zlib.h>

#include <cstring>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace hone::test {

// Little-endian bytes of a number.
template <class T>
std::string le(T value) {
  std::string bytes(sizeof value, '\0');
  std::memcpy(bytes.data(), &value, sizeof value);
  return bytes;
}

// A raw deflate stream.
inline std::string deflated(const std::string& content) {
  z_stream stream{};
  deflateInit2(&stream, 9, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&stream, content.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(content.data()));
  stream.avail_in = static_cast<uInt>(content.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(out.size() - stream.avail_out);
  deflateEnd(&stream);
  return out;
}

// One member to be written. What is set by hand need not be true.
struct ZipEntry {
  std::string name = {};
  std::string content = {};
  uint16_t method = 0;
  uint16_t flags = 0;
  std::optional<std::string> packed = {};  // instead of the content, stored or deflated
  std::optional<uint32_t> crc = {}, compressed_size = {}, size = {}, header = {};
  std::string local_name = {};  // in the local header, when it differs
  bool torch_header = false;    // sizes and CRC 0 in the local header, a data descriptor after the bytes
  std::optional<uint16_t> local_method = {};
};

// What the end record says when it lies.
struct ZipEnd {
  std::optional<uint16_t> entries = {}, disk = {};
  std::optional<uint32_t> size = {}, begin = {};
  std::string before = {}, comment = {};  // before: zip64 records, for example
};

inline std::string zip_bytes(const std::vector<ZipEntry>& entries, const ZipEnd& end = {}) {
  std::string file, directory;
  for (const ZipEntry& entry : entries) {
    const std::string packed =
        entry.packed.value_or(entry.method == 8 ? deflated(entry.content) : entry.content);
    const auto* content = reinterpret_cast<const Bytef*>(entry.content.data());
    const uint32_t crc =
        entry.crc.value_or(static_cast<uint32_t>(crc32(0, content, static_cast<uInt>(entry.content.size()))));
    const uint32_t compressed = entry.compressed_size.value_or(static_cast<uint32_t>(packed.size()));
    const uint32_t size = entry.size.value_or(static_cast<uint32_t>(entry.content.size()));
    const uint16_t flags = static_cast<uint16_t>(entry.flags | (entry.torch_header ? 0x0808 : 0));
    const std::string sizes = le(crc) + le(compressed) + le(size);
    const std::string local_name = entry.local_name.empty() ? entry.name : entry.local_name;
    const uint32_t header = entry.header.value_or(static_cast<uint32_t>(file.size()));
    file += "PK\3\4" + le(uint16_t{20}) + le(flags) + le(entry.local_method.value_or(entry.method)) +
            le(uint32_t{0}) + (entry.torch_header ? std::string(12, '\0') : sizes) +
            le(static_cast<uint16_t>(local_name.size())) + le(uint16_t{4}) + local_name + "FB" +
            le(uint16_t{0}) + packed;
    if (entry.torch_header) file += "PK\7\x8" + sizes;
    directory += "PK\1\2" + le(uint16_t{20}) + le(uint16_t{20}) + le(flags) + le(entry.method) +
                 le(uint32_t{0}) + sizes + le(static_cast<uint16_t>(entry.name.size())) +
                 std::string(12, '\0') + le(header) + entry.name;
  }
  const auto begin = static_cast<uint32_t>(file.size()), size = static_cast<uint32_t>(directory.size());
  const uint16_t count = end.entries.value_or(static_cast<uint16_t>(entries.size())),
                 disk = end.disk.value_or(uint16_t{0});
  return file + directory + end.before + "PK\5\6" + le(disk) + le(disk) + le(count) + le(count) +
         le(end.size.value_or(size)) + le(end.begin.value_or(begin)) +
         le(static_cast<uint16_t>(end.comment.size())) + end.comment;
}

}  // namespace hone::test
