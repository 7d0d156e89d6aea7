// The work of tensor cores and of ldmatrix, by exchanges between the lanes of a warp.
#include "cuda/emulation/tiles.h"

#include <bit>

#include "cuda/emulation/emulator.h"

namespace hone::emulation {

void multiply_tiles(float (&c)[4], const uint32_t (&a)[4], const uint32_t (&b)[2]) {
  struct Operands {
    const uint32_t *a, *b;
  } own{a, b};
  const auto lanes = exchange_all(reinterpret_cast<uintptr_t>(&own));
  const auto number = [](const uint32_t* words, uint32_t word, uint32_t k) {
    return std::bit_cast<float>((words[word] >> (k % 2 * 16) & 0xFFFF) << 16);
  };
  for (uint32_t i = 0; i < 4; ++i) {
    const uint32_t row = lane() / 4 + i / 2 * 8, column = lane() % 4 * 2 + i % 2;
    for (uint32_t k = 0; k < 16; ++k) {
      const auto of = [&](uint32_t group) {
        return reinterpret_cast<const Operands*>(lanes[group * 4 + k % 8 / 2]);
      };
      c[i] += number(of(row % 8)->a, row / 8 + k / 8 * 2, k) * number(of(column)->b, k / 8, k);
    }
  }
  exchange_all(0);  // until then the lanes' operands must stay
}

void load_tiles(uint32_t (&out)[4], const void* row, bool turned) {
  const auto address = reinterpret_cast<uintptr_t>(row);
  if (address % 16 != 0) refuse_kernel("a tile's row at a misaligned address");
  const auto rows = exchange_all(address);
  for (uint32_t i = 0; i < 4; ++i) {
    out[i] = 0;
    for (uint32_t half = 0; half < 2; ++half) {
      const uint32_t line = lane() / 4, place = lane() % 4 * 2 + half;
      const auto* const from = reinterpret_cast<const uint16_t*>(rows[8 * i + (turned ? place : line)]);
      out[i] |= static_cast<uint32_t>(from[turned ? line : place]) << 16 * half;
    }
  }
}

}  // namespace hone::emulation
