// Plain vectors of 16 bytes: SSE2, which every x86-64 has, or NEON. Registers: a tile of 6 rows by 2 vectors
// of c.
#ifdef __SSE2__
#include <immintrin.h>
#endif

#include "cpu/simd/table.h"

namespace hone {
namespace {

constexpr int kVectorBytes = 16;
constexpr int kTileRows = 6;
constexpr int kTileVectors = 2;
constexpr int kSmallRows = 4;  // rows of a tile in attention

using Longs [[gnu::vector_size(kVectorBytes)]] = uint64_t;

// Products of the lower halves of a's lanes and b: one instruction where there is SSE2.
[[gnu::always_inline]] inline Longs low_products(Longs a, uint32_t b) {
#ifdef __SSE2__
  return reinterpret_cast<Longs>(_mm_mul_epu32(reinterpret_cast<__m128i>(a), _mm_set1_epi64x(b)));
#else
  return (a & uint64_t{0xFFFFFFFF}) * uint64_t{b};
#endif
}

#include "cpu/simd/all.inl"

constexpr SimdTable kTable = table_with(widened_bf16());

}  // namespace

const SimdTable& simd_portable() { return kTable; }

}  // namespace hone
