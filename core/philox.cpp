#include "core/philox.h"

#include <cmath>
#include <numbers>

namespace hone {

RandomStream::RandomStream(uint64_t seed, RandomUse use, uint64_t index)
    : counter_{0, 0, static_cast<uint32_t>(index), static_cast<uint32_t>(index >> 32)},
      key_{static_cast<uint32_t>(seed), static_cast<uint32_t>(use) ^ static_cast<uint32_t>(seed >> 32)} {}

uint32_t RandomStream::next() {
  if (used_ == 4) {
    words_ = philox(counter_, key_);
    if (++counter_[0] == 0) ++counter_[1];
    used_ = 0;
  }
  return words_[used_++];
}

uint64_t RandomStream::below(uint64_t bound) {
  const uint64_t limit = -bound % bound;  // 2^64 mod bound
  while (true) {
    const uint64_t word = (uint64_t{next()} << 32) | next();
    const auto product = static_cast<unsigned __int128>(word) * bound;
    if (static_cast<uint64_t>(product) >= limit) return static_cast<uint64_t>(product >> 64);
  }
}

double RandomStream::uniform() {
  const uint64_t word = (uint64_t{next()} << 20) ^ (next() >> 12);  // 52 bits
  return (static_cast<double>(word) + 0.5) * 0x1p-52;
}

double RandomStream::normal() {
  if (has_spare_) {
    has_spare_ = false;
    return spare_;
  }
  const double radius = std::sqrt(-2 * std::log(uniform()));
  const double angle = 2 * std::numbers::pi * uniform();
  spare_ = radius * std::sin(angle);
  has_spare_ = true;
  return radius * std::cos(angle);
}

}  // namespace hone
