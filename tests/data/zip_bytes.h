#pragma once

#include <algorithm>
#include <cstdint>
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

// A deflate stream (RFC 1951) of stored blocks.
inline std::string deflated(const std::string& content) {
  std::string out;
  size_t at = 0;
  do {
    const auto size = static_cast<uint16_t>(std::min<size_t>(content.size() - at, 0xFFFF));
    out += (at + size == content.size() ? "\1" : std::string(1, '\0')) + le(size) +
           le(static_cast<uint16_t>(~size)) + content.substr(at, size);
    at += size;
  } while (at < content.size());
  return out;
}

// CRC-32 as zip has it, bit by bit.
inline uint32_t crc_of(const std::string& content) {
  uint32_t crc = ~0u;
  for (const char c : content) {
    crc ^= static_cast<unsigned char>(c);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ (crc & 1 ? 0xEDB88320u : 0u);
  }
  return ~crc;
}

// A member to be written. Fields that a test sets need not be true.
struct ZipEntry {
  std::string name = {};
  std::string content = {};
  uint16_t method = 0;
  uint16_t flags = 0;
  std::optional<std::string> packed = {};  // the bytes written instead of the content, stored or deflated
  std::optional<uint32_t> crc = {}, compressed_size = {}, size = {}, header = {};
  std::string local_name = {};  // the name in the local header, when it differs
  bool torch_header = false;    // sizes and CRC 0 in the local header, a data descriptor after the bytes
  std::optional<uint16_t> local_method = {};
};

// The values of a false end record.
struct ZipEnd {
  std::optional<uint16_t> entries = {}, disk = {};
  std::optional<uint32_t> size = {}, begin = {};
  std::string before = {}, comment = {};  // before: bytes before it, for example zip64 records
};

inline std::string zip_bytes(const std::vector<ZipEntry>& entries, const ZipEnd& end = {}) {
  std::string file, directory;
  for (const ZipEntry& entry : entries) {
    const std::string packed =
        entry.packed.value_or(entry.method == 8 ? deflated(entry.content) : entry.content);
    const uint32_t crc = entry.crc.value_or(crc_of(entry.content));
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
