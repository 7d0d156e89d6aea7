#pragma once

#include <cstdint>

#include <hone/core/error.h>

namespace hone {

// The number of blocks, or of a block's threads, in each direction. 0 blocks are legal and do nothing.
struct Extent {
  unsigned x = 1, y = 1, z = 1;

  Extent(int64_t x_in, int64_t y_in = 1, int64_t z_in = 1)  // NOLINT: a number is an extent
      : x(checked(x_in, 0x7FFFFFFF)), y(checked(y_in, 65535)), z(checked(z_in, 65535)) {}
  int64_t count() const { return int64_t{x} * y * z; }

 private:
  static unsigned checked(int64_t n, int64_t most) {
    if (n < 0 || n > most)
      throw Error("launch: an extent of " + std::to_string(n) + ", at most " + std::to_string(most) +
                  " are legal");
    return static_cast<unsigned>(n);
  }
};

// The blocks that `count` items need at `per_block` each.
constexpr int64_t blocks_for(int64_t count, int64_t per_block) { return (count + per_block - 1) / per_block; }

}  // namespace hone
