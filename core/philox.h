#pragma once

#include <array>
#include <cstdint>

#include <hone/core/types.h>

namespace hone {

// Philox4x32-10, the counter-based random generator of Salmon et al., "Parallel random numbers: as easy as
// 1, 2, 3" (SC 2011): four random words for a counter and a key, with no state between calls. The same words
// come out on every device, in any order of evaluation.
constexpr std::array<uint32_t, 4> philox(std::array<uint32_t, 4> counter, std::array<uint32_t, 2> key) {
  for (int round = 0; round < 10; ++round) {
    const uint64_t p0 = uint64_t{0xD2511F53} * counter[0];
    const uint64_t p1 = uint64_t{0xCD9E8D57} * counter[2];
    counter = {static_cast<uint32_t>(p1 >> 32) ^ counter[1] ^ key[0], static_cast<uint32_t>(p1),
               static_cast<uint32_t>(p0 >> 32) ^ counter[3] ^ key[1], static_cast<uint32_t>(p0)};
    key = {key[0] + 0x9E3779B9, key[1] + 0xBB67AE85};
  }
  return counter;
}

// The uses of random streams. Each use has key words of its own, so that no two streams overlap; dropout
// sites count up from 0.
enum class RandomUse : uint32_t { initialise = 0x80000000, shuffle = 0x90000000 };

// An endless stream of random numbers from a seed, a use and an index within that use (which parameter, which
// epoch).
class RandomStream {
 public:
  RandomStream(uint64_t seed, RandomUse use, uint64_t index);

  uint32_t next();
  uint64_t below(uint64_t bound);  // uniform in [0, bound), without bias (Lemire 2019); bound > 0
  double uniform();                // uniform in (0, 1)
  double normal();                 // mean 0, variance 1 (Box and Muller 1958)

 private:
  std::array<uint32_t, 4> counter_;
  std::array<uint32_t, 2> key_;
  std::array<uint32_t, 4> words_{};
  int used_ = 4;
  double spare_ = 0;
  bool has_spare_ = false;
};

}  // namespace hone
