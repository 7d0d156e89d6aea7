// AVX2 and FMA. Registers: a tile of 6 rows by 2 vectors of c.
#include <immintrin.h>

#include "cpu/simd/table.h"

namespace hone {
namespace {

constexpr int kVectorBytes = 32;
constexpr int kTileRows = 6;
constexpr int kTileVectors = 2;
constexpr int kSmallRows = 6;  // rows of a tile in attention

#include "cpu/simd/all.inl"

constexpr SimdTable kTable = table_with(widened_bf16());

}  // namespace

const SimdTable& simd_avx2() { return kTable; }

}  // namespace hone
