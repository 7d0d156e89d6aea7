// AVX-512 F, BW, DQ, VL and BF16: as simd_avx512.cpp, with GEMMs of bf16 by dot products.
#include <immintrin.h>

#include "cpu/simd/table.h"

namespace hone {
namespace {

constexpr int kVectorBytes = 64;
constexpr int kTileRows = 14;
constexpr int kTileVectors = 2;
constexpr int kSmallRows = 6;  // rows of a tile in attention

using Longs [[gnu::vector_size(kVectorBytes)]] = uint64_t;

// Products of the lower halves of a's lanes and b, by one instruction. By itself the compiler makes a product
// of whole lanes.
[[gnu::always_inline]] inline Longs low_products(Longs a, uint32_t b) {
  return reinterpret_cast<Longs>(_mm512_mul_epu32(reinterpret_cast<__m512i>(a), _mm512_set1_epi64(b)));
}

#include "cpu/simd/all.inl"
#include "cpu/simd/gemm_bf16_dot.inl"

constexpr SimdTable kTable = table_with(simd_kernels<bf16, DotProducts>(pack_pairs));

}  // namespace

const SimdTable& simd_avx512_bf16() { return kTable; }

}  // namespace hone
