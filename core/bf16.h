#pragma once

#include <cstdint>

namespace hone {

// The upper half of an f32: 8 bits of exponent, 8 of precision. Numbers are stored in it; arithmetic happens
// in float, to which it converts by itself. Its functions are always inlined, since the per-instruction-set
// files of cpu/ include this file too, and constexpr, so that device code may call them.
struct bf16 {
  uint16_t bits;

  bf16() = default;
  // Rounds to the nearest, ties to even; NaN stays NaN.
  [[gnu::always_inline]] constexpr bf16(float x) {  // NOLINT: a number may be stored wherever this type is
    const uint32_t word = __builtin_bit_cast(uint32_t, x);
    const uint32_t rounded = word + 0x7FFF + ((word >> 16) & 1);
    bits = static_cast<uint16_t>((x != x ? word | 0x400000 : rounded) >> 16);
  }
  [[gnu::always_inline]] constexpr operator float() const {  // NOLINT
    return __builtin_bit_cast(float, static_cast<uint32_t>(bits) << 16);
  }
};

// The type of sums and statistics over numbers of type T: float for bf16, else T itself.
template <class T>
struct AccOf {
  using type = T;
};
template <>
struct AccOf<bf16> {
  using type = float;
};
template <class T>
using Acc = typename AccOf<T>::type;

}  // namespace hone
