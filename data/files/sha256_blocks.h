#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace hone {

// Two functions that add `count` blocks of 64 bytes to a SHA-256 state (FIPS 180-4). The first works
// anywhere. The second uses the processor's own instructions, some eight times as fast; where there are none
// it does nothing and returns false.
void sha256_blocks_plain(std::array<uint32_t, 8>& state, const unsigned char* bytes, size_t count);
bool sha256_blocks_by_instructions(std::array<uint32_t, 8>& state, const unsigned char* bytes, size_t count);

}  // namespace hone
