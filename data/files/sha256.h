#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace hone {

// SHA-256 (FIPS 180-4) of bytes that come in parts.
class Sha256 {
 public:
  Sha256& add(std::string_view bytes);
  // The digest of all bytes added, 64 hexadecimal digits; nothing can be added afterwards.
  std::string hex();

 private:
  void blocks(const unsigned char* bytes, size_t count);  // each block has 64 bytes

  std::array<uint32_t, 8> state_{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  std::array<unsigned char, 64> rest_{};  // bytes of a block that is not full yet
  size_t rest_bytes_ = 0;
  uint64_t bytes_ = 0;
};

// The size and the SHA-256 of a file's content. Throws Error with the path and the system's text.
struct FileDigest {
  uint64_t size = 0;
  std::string sha256;
  bool operator==(const FileDigest&) const = default;
};
FileDigest digest_of_file(const std::filesystem::path& path);

}  // namespace hone
