#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "data/files/files.h"

namespace hone {

// The zip format (PKWARE's APPNOTE.TXT, without zip64 and encryption), for reading.

// One member of an archive, as the central directory describes it.
struct ZipMember {
  std::string name;
  bool deflated = false;         // else stored
  uint32_t crc = 0;              // CRC-32 of the content
  uint64_t compressed_size = 0;  // bytes in the archive
  uint64_t size = 0;             // bytes of the content
  uint64_t header = 0;           // offset of its local header
  uint64_t begin = 0;            // offset of its bytes

  bool is_folder() const { return name.ends_with('/'); }
};

// An archive whose directory was read and found sound: names that stay inside a folder, each once; members
// that do not overlap; stored or deflated, not encrypted, no zip64. Contents are checked against size and CRC
// when they are read. Nothing is extracted to the file system. Failures are DataErrors. Reading from several
// threads at once is fine.
class ZipFile {
 public:
  // The most bytes that all deflated members of an archive may hold together.
  static constexpr uint64_t kMaxInflated = uint64_t{2} << 30;

  static ZipFile open(const std::filesystem::path& path);

  const std::filesystem::path& path() const { return file_.path(); }
  const std::vector<ZipMember>& members() const { return members_; }  // sorted by name
  const ZipMember* find(std::string_view name) const;                 // null when absent

  // A member's whole content, at most max_bytes, checked. No memory is allocated for a size that is only
  // claimed.
  std::string read(const ZipMember& member, uint64_t max_bytes) const;
  // Checks the CRC of a stored member.
  void check_stored(const ZipMember& member) const;
  // Reads bytes of a stored member from `offset` on, without a check.
  void read_stored(const ZipMember& member, uint64_t offset, std::span<std::byte> out) const;

 private:
  explicit ZipFile(InputFile file) : file_(std::move(file)) {}
  std::string inflate(const ZipMember& member) const;
  [[noreturn]] void fail(const ZipMember& member, const std::string& problem) const;

  InputFile file_;
  std::vector<ZipMember> members_;
};

}  // namespace hone
