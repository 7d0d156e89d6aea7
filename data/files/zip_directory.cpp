#include "data/files/zip_directory.h"

#include <algorithm>
#include <cctype>
#include <cstring>

#include <hone/core/error.h>
#include "core/quote.h"

namespace hone {
namespace {

constexpr uint32_t kEndSignature = 0x06054b50, kEntrySignature = 0x02014b50, kLocalSignature = 0x04034b50;
constexpr size_t kEndBytes = 22, kEntryBytes = 46, kLocalBytes = 30, kMaxComment = 0xFFFF;
constexpr uint64_t kMaxDirectoryBytes = uint64_t{64} << 20;
constexpr uint16_t kStored = 0, kDeflated = 8;
constexpr uint16_t kEncrypted = 1 << 0 | 1 << 6 | 1 << 13, kSizesFollow = 1 << 3;
constexpr uint64_t kMaxDeflateRatio = 1032;  // the highest ratio that deflate can reach

// Reads little-endian fields one after another. The caller has checked that the bytes are there.
class Fields {
 public:
  explicit Fields(const char* at) : at_(at) {}
  uint16_t u16() { return take<uint16_t>(); }
  uint32_t u32() { return take<uint32_t>(); }
  void skip(size_t bytes) { at_ += bytes; }

 private:
  template <class T>
  T take() {
    T value;
    std::memcpy(&value, at_, sizeof value);
    at_ += sizeof value;
    return value;
  }
  const char* at_;
};

std::string bytes_at(const InputFile& file, uint64_t offset, size_t count) {
  std::string bytes(count, '\0');
  try {
    file.read(offset, std::as_writable_bytes(std::span(bytes)));
  } catch (const Error& error) {
    throw DataError(error.what());
  }
  return bytes;
}

[[noreturn]] void bad(const InputFile& file, const std::string& problem) {
  throw DataError(file.path().string() + ": " + problem);
}

[[noreturn]] void bad(const InputFile& file, const std::string& member, const std::string& problem) {
  bad(file, "member " + shown(member) + ": " + problem);
}

void refuse_saturated(const InputFile& file, std::initializer_list<uint16_t> small,
                      std::initializer_list<uint32_t> large, const std::string& what) {
  const bool saturated = std::ranges::count(small, 0xFFFF) + std::ranges::count(large, 0xFFFFFFFF) > 0;
  if (saturated) bad(file, what + " needs zip64, which is not supported; pack it again as a plain zip");
}

struct Directory {
  uint64_t begin = 0;
  std::string bytes;
  uint16_t entries = 0;
};

// The place of the end record in the file's last bytes `tail`: the last signature whose comment ends with the
// file.
size_t find_end_record(const InputFile& file, const std::string& tail) {
  for (size_t at = tail.size() < kEndBytes ? 0 : tail.size() - kEndBytes + 1; at-- > 0;) {
    if (Fields(&tail[at]).u32() != kEndSignature) continue;
    if (Fields(&tail[at + kEndBytes - 2]).u16() == tail.size() - at - kEndBytes) return at;
  }
  bad(file, "not a zip archive, or cut off: no end record; download it again");
}

Directory find_directory(const InputFile& file) {
  const size_t searched = static_cast<size_t>(std::min<uint64_t>(file.size(), kEndBytes + kMaxComment));
  const std::string tail = bytes_at(file, file.size() - searched, searched);
  const size_t at = find_end_record(file, tail);
  Fields end(&tail[at]);
  end.skip(4);
  const uint16_t disk = end.u16(), first_disk = end.u16(), here = end.u16(), entries = end.u16();
  const uint32_t size = end.u32(), begin = end.u32();
  refuse_saturated(file, {disk, first_disk, here, entries}, {size, begin}, "the archive");
  if (disk != 0 || first_disk != 0 || here != entries)
    bad(file, "archives in several parts are not supported");
  const uint64_t end_begin = file.size() - searched + at;
  if (uint64_t{begin} + size > end_begin) {
    bad(file, "the directory of " + std::to_string(size) + " bytes at " + std::to_string(begin) +
                  " does not lie before the end record at " + std::to_string(end_begin));
  }
  if (size > kMaxDirectoryBytes) bad(file, "the directory has more than 64 MiB");
  return {begin, bytes_at(file, begin, size), entries};
}

void check_name(const InputFile& file, const std::string& name) {
  const bool drive = name.size() > 1 && name[1] == ':' && std::isalpha(static_cast<unsigned char>(name[0]));
  const bool steps_up = ("/" + name + "/").find("/../") != std::string::npos;
  if (name.empty() || name.front() == '/' || drive || steps_up ||
      name.find_first_of(std::string_view("\\\0", 2)) != std::string::npos) {
    bad(file, name, "not a plain relative name");
  }
}

void check_sizes(const InputFile& file, const ZipMember& member) {
  if (!member.deflated && member.size != member.compressed_size) {
    bad(file, member.name,
        "stored with " + std::to_string(member.compressed_size) + " bytes for a content of " +
            std::to_string(member.size));
  }
  if (member.deflated && member.size / kMaxDeflateRatio > member.compressed_size) {
    bad(file, member.name,
        std::to_string(member.compressed_size) + " deflated bytes cannot hold the " +
            std::to_string(member.size) + " that are claimed");
  }
}

void check_method(const InputFile& file, const std::string& name, uint16_t flags, uint16_t method) {
  if ((flags & kEncrypted) != 0) bad(file, name, "encrypted; encryption is not supported");
  if (method != kStored && method != kDeflated) {
    bad(file, name,
        "compression method " + std::to_string(method) +
            " is not supported, only 0 (stored) and 8 (deflated)");
  }
}

// Reads the directory's entry at `at`, which is advanced past it.
ZipMember read_entry(const InputFile& file, const Directory& directory, size_t& at) {
  const size_t left = directory.bytes.size() - at;
  if (left < kEntryBytes || Fields(&directory.bytes[at]).u32() != kEntrySignature) {
    bad(file, "the directory is damaged at byte " + std::to_string(directory.begin + at));
  }
  Fields fields(&directory.bytes[at]);
  fields.skip(8);
  const uint16_t flags = fields.u16(), method = fields.u16();
  fields.skip(4);
  ZipMember member;
  member.crc = fields.u32();
  const uint32_t compressed_size = fields.u32(), size = fields.u32();
  const size_t name_size = fields.u16();
  const size_t rest = size_t{fields.u16()} + fields.u16();  // extra fields and comment
  const uint16_t disk = fields.u16();
  fields.skip(6);
  const uint32_t header = fields.u32();
  if (left - kEntryBytes < name_size + rest) {
    bad(file, "the directory is cut off at byte " + std::to_string(directory.begin + at));
  }
  member.name = directory.bytes.substr(at + kEntryBytes, name_size);
  check_name(file, member.name);
  refuse_saturated(file, {disk}, {compressed_size, size, header}, "member " + shown(member.name));
  check_method(file, member.name, flags, method);
  if (disk != 0) bad(file, member.name, "lies in another part of the archive");
  member.deflated = method == kDeflated;
  member.compressed_size = compressed_size;
  member.size = size;
  member.header = header;
  check_sizes(file, member);
  at += kEntryBytes + name_size + rest;
  return member;
}

// Compares a member's local header with the directory and finds the member's bytes. torch leaves size and CRC
// 0 in the local header.
void read_local_header(const InputFile& file, const Directory& directory, ZipMember& member) {
  const uint64_t room = directory.begin - std::min(member.header, directory.begin);
  if (room < kLocalBytes + member.name.size()) bad(file, member.name, "lies outside the archive");
  const std::string bytes = bytes_at(file, member.header, kLocalBytes + member.name.size());
  Fields fields(bytes.data());
  const uint32_t signature = fields.u32();
  fields.skip(2);
  const uint16_t flags = fields.u16(), method = fields.u16();
  fields.skip(4);
  const uint32_t crc = fields.u32(), compressed_size = fields.u32(), size = fields.u32();
  const uint64_t name_size = fields.u16(), extra = fields.u16();
  const bool same_sizes =
      crc == member.crc && compressed_size == member.compressed_size && size == member.size;
  if (signature != kLocalSignature || name_size != member.name.size() || !bytes.ends_with(member.name) ||
      method != (member.deflated ? kDeflated : kStored) || ((flags & kSizesFollow) == 0 && !same_sizes)) {
    bad(file, member.name,
        "its local header at byte " + std::to_string(member.header) + " does not agree with the directory");
  }
  check_method(file, member.name, flags, method);
  member.begin = member.header + kLocalBytes + name_size + extra;
  if (member.begin + member.compressed_size > directory.begin)
    bad(file, member.name, "its bytes do not lie before the directory");
}

void check_no_overlap(const InputFile& file, std::vector<ZipMember>& members) {
  std::ranges::sort(members, {}, &ZipMember::header);
  for (size_t i = 1; i < members.size(); ++i) {
    const ZipMember& before = members[i - 1];
    if (before.begin + before.compressed_size > members[i].header)
      bad(file, members[i].name, "overlaps " + shown(before.name));
  }
}

void check_names_differ(const InputFile& file, std::vector<ZipMember>& members) {
  std::ranges::sort(members, {}, &ZipMember::name);
  const auto twice = std::ranges::adjacent_find(members, {}, &ZipMember::name);
  if (twice != members.end()) bad(file, twice->name, "duplicate: this name occurs twice");
}

void check_total(const InputFile& file, const std::vector<ZipMember>& members) {
  uint64_t total = 0;
  for (const ZipMember& member : members) total += member.deflated ? member.size : 0;
  if (total > ZipFile::kMaxInflated) {
    bad(file, "the deflated members hold " + std::to_string(total) + " bytes, at most " +
                  std::to_string(ZipFile::kMaxInflated) + " (2 GiB) are read");
  }
}

}  // namespace

std::vector<ZipMember> read_zip_directory(const InputFile& file) {
  const Directory directory = find_directory(file);
  std::vector<ZipMember> members;
  size_t at = 0;
  while (members.size() < directory.entries) members.push_back(read_entry(file, directory, at));
  if (at != directory.bytes.size()) bad(file, "the directory is longer than its entries");
  for (ZipMember& member : members) read_local_header(file, directory, member);
  check_no_overlap(file, members);
  check_names_differ(file, members);
  check_total(file, members);
  return members;
}

}  // namespace hone
