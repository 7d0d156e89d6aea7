#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace hone {

// Both add `count` blocks of 64 bytes to a SHA-256 state (FIPS 180-4): the first anywhere, the second by the
// processor's own instructions, some eight times as fast; it returns false, and has done nothing, where there
// are none.
void sha256_blocks_plain(std::array<uint32_t, 8>& state, const unsigned char* bytes, size_t count);
bool sha256_blocks_by_instructions(std::array<uint32_t, 8>& state, const unsigned char* bytes, size_t count);

}  // namespace hone
