// AVX-512 F, BW, DQ and VL. Registers: a tile of 14 rows by 2 vectors of c.
#include <immintrin.h>

#include "cpu/simd/table.h"

namespace hone {
namespace {

constexpr int kVectorBytes = 64;
constexpr int kTileRows = 14;
constexpr int kTileVectors = 2;
constexpr int kSmallRows = 6;  // rows of a tile in attention

#include "cpu/simd/all.inl"

constexpr SimdTable kTable = table_with(widened_bf16());

}  // namespace

const SimdTable& simd_avx512() { return kTable; }

}  // namespace hone
