#include "data/files/sha256.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "data/files/files.h"
#include "data/files/sha256_blocks.h"

namespace hone {

void Sha256::blocks(const unsigned char* bytes, size_t count) {
  if (!sha256_blocks_by_instructions(state_, bytes, count)) sha256_blocks_plain(state_, bytes, count);
}

Sha256& Sha256::add(std::string_view bytes) {
  bytes_ += bytes.size();
  while (!bytes.empty()) {
    if (rest_bytes_ == 0 && bytes.size() >= rest_.size()) {
      const size_t whole = bytes.size() / rest_.size();
      blocks(reinterpret_cast<const unsigned char*>(bytes.data()), whole);
      bytes.remove_prefix(whole * rest_.size());
      continue;
    }
    const size_t count = std::min(bytes.size(), rest_.size() - rest_bytes_);
    std::memcpy(rest_.data() + rest_bytes_, bytes.data(), count);
    bytes.remove_prefix(count);
    rest_bytes_ = (rest_bytes_ + count) % rest_.size();
    if (rest_bytes_ == 0) blocks(rest_.data(), 1);
  }
  return *this;
}

std::string Sha256::hex() {
  const uint64_t bits = 8 * bytes_;
  std::string end(1, '\x80');
  end.resize(1 + (rest_.size() * 2 - 9 - rest_bytes_) % rest_.size(), '\0');
  for (int shift = 56; shift >= 0; shift -= 8) end += static_cast<char>(bits >> shift);
  add(end);
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const uint32_t word : state_) {
    for (int shift = 28; shift >= 0; shift -= 4) text += kDigits[word >> shift & 15];
  }
  return text;
}

FileDigest digest_of_file(const std::filesystem::path& path) {
  constexpr uint64_t kPart = 1 << 20;
  const InputFile file(path);
  Sha256 sha;
  std::vector<char> part(std::min(kPart, file.size()));
  for (uint64_t at = 0; at < file.size(); at += kPart) {
    const auto now = std::span(part).first(std::min(kPart, file.size() - at));
    file.read(at, std::as_writable_bytes(now));
    sha.add({now.data(), now.size()});
  }
  return {file.size(), sha.hex()};
}

}  // namespace hone
