// AVX2 and FMA. Registers: a tile of 6 rows by 2 vectors of c.
#include <immintrin.h>

#include "cpu/simd/table.h"

namespace hone {
namespace {

constexpr int kVectorBytes = 32;
constexpr int kTileRows = 6;
constexpr int kTileVectors = 2;
constexpr int kSmallRows = 6;  // rows of a tile in attention

using Longs [[gnu::vector_size(kVectorBytes)]] = uint64_t;

// Products of the lower halves of a's lanes and b, by one instruction. By itself the compiler makes a dozen
// shifts and sums of a constant factor, or three products.
[[gnu::always_inline]] inline Longs low_products(Longs a, uint32_t b) {
  return reinterpret_cast<Longs>(_mm256_mul_epu32(reinterpret_cast<__m256i>(a), _mm256_set1_epi64x(b)));
}

#include "cpu/simd/all.inl"

constexpr SimdTable kTable = table_with(widened_bf16());

}  // namespace

const SimdTable& simd_avx2() { return kTable; }

}  // namespace hone
