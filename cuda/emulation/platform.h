#pragma once

// The words of CUDA as plain C++, for machines without a GPU. cuda/real/platform.h has the same in CUDA.
#include <cmath>
#include <cstring>
#include <tuple>
#include <type_traits>

#include <hone/core/bf16.h>
#include "cuda/emulation/emulator.h"
#include "cuda/emulation/runtime.h"
#include "cuda/emulation/tiles.h"
#include "cuda/stream.h"

#define __global__
#define __device__
#define __host__
#define __forceinline__ inline
#define __launch_bounds__(...)

namespace hone {

inline constexpr emulation::Index& threadIdx = emulation::thread_index;
inline constexpr emulation::Index& blockIdx = emulation::block_index;
inline constexpr emulation::Index& blockDim = emulation::block_size;
inline constexpr emulation::Index& gridDim = emulation::grid_size;

using emulation::sync_block;
inline int count_bits(uint32_t bits) { return __builtin_popcount(bits); }

template <class T>
T* shared_memory() {
  return reinterpret_cast<T*>(emulation::shared_memory());
}

// A barrier of a warp is a meeting of the lanes without values.
inline void sync_warp(uint32_t mask) { emulation::ballot(mask, false); }
inline uint32_t ballot(uint32_t mask, bool value) { return emulation::ballot(mask, value); }

template <class T>
T shuffle(uint32_t mask, T value, unsigned source) {
  static_assert(std::is_trivially_copyable_v<T> && sizeof(T) <= 8);
  uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof value);
  bits = emulation::exchange(mask, bits, source);
  std::memcpy(&value, &bits, sizeof value);
  return value;
}
template <class T>
T shuffle_xor(uint32_t mask, T value, unsigned lanes) {
  return shuffle(mask, value, emulation::lane() ^ lanes);
}
// Lanes whose source lies beyond the warp keep their own.
template <class T>
T shuffle_down(uint32_t mask, T value, unsigned delta) {
  const unsigned source = emulation::lane() + delta;
  return shuffle(mask, value, source < 32 ? source : emulation::lane());
}
template <class T>
T shuffle_up(uint32_t mask, T value, unsigned delta) {
  const unsigned own = emulation::lane();
  return shuffle(mask, value, own >= delta ? own - delta : own);
}

using emulation::multiply_tiles;
template <bool turned>
void load_tiles(uint32_t (&out)[4], const bf16* row) {
  emulation::load_tiles(out, row, turned);
}

template <class Wide, class T>
Wide load_wide(const T* from) {
  if (reinterpret_cast<uintptr_t>(from) % sizeof(Wide) != 0)
    emulation::refuse_kernel("a wide load from a misaligned address");
  Wide out;
  std::memcpy(&out, from, sizeof out);
  return out;
}
template <class Wide, class T>
void store_wide(T* to, const Wide& value) {
  if (reinterpret_cast<uintptr_t>(to) % sizeof(Wide) != 0)
    emulation::refuse_kernel("a wide store to a misaligned address");
  std::memcpy(to, &value, sizeof value);
}

template <class T>
void copy_wide_async(T* to, const T* from) {
  for (const void* place : {static_cast<const void*>(to), static_cast<const void*>(from)}) {
    if (reinterpret_cast<uintptr_t>(place) % 16 != 0)
      emulation::refuse_kernel("a wide copy at a misaligned address");
  }
  emulation::copy_later(to, from);
}
inline void wait_for_copies() { emulation::wait_for_copies(); }

inline bf16 round_to_bf16(float x) { return bf16(x); }
inline uint32_t round_pair(float low, float high) { return bf16(low).bits | uint32_t{bf16(high).bits} << 16; }
inline float float_of(bf16 x) { return x; }
inline float rsqrt(float x) { return 1 / std::sqrt(x); }
inline double rsqrt(double x) { return 1 / std::sqrt(x); }

template <class... Parameters, class... Arguments>
void launch_kernel(void (*kernel)(Parameters...), const Extent& grid, const Extent& block,
                   size_t shared_bytes, CudaStream&, Arguments&&... arguments) {
  using Values = std::tuple<void (*)(Parameters...), std::tuple<std::decay_t<Parameters>...>>;
  emulation::perform([=, values = Values{kernel, {static_cast<Parameters>(arguments)...}}]() mutable {
    emulation::run_grid(
        grid, block, shared_bytes,
        [](void* context) {
          const auto& [function, list] = *static_cast<Values*>(context);
          std::apply(function, list);
        },
        &values);
  });
}

}  // namespace hone
