// Plain vectors of 16 bytes: SSE2, which every x86-64 has, or NEON. Registers: a tile of 6 rows by 2 vectors of c.
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "cpu/simd/table.h"

namespace hone {
namespace {

constexpr int kVectorBytes = 16;
constexpr int kTileRows = 6;
constexpr int kTileVectors = 2;
constexpr int kSmallRows = 4;  // rows of a tile in attention

#include "cpu/simd/all.inl"

constexpr SimdTable kTable = table_with(widened_bf16());

}  // namespace

const SimdTable& simd_portable() { return kTable; }

}  // namespace hone
