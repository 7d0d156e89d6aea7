#pragma once

#include <cstdint>

namespace hone::emulation {

// c += a b for tiles of bf16 that are spread over all 32 lanes as in PTX's mma.m16n8k16: of a [16, 16] and c
// [16, 8] lane 4 g + t holds rows g and g + 8, of b [16, 8] column g; t says which numbers of it.
void multiply_tiles(float (&c)[4], const uint32_t (&a)[4], const uint32_t (&b)[2]);

// Four 8 x 8 tiles of 16-bit numbers, as PTX's ldmatrix: lane 8 i + r brings where row r of tile i lies.
void load_tiles(uint32_t (&out)[4], const void* row, bool turned);

}  // namespace hone::emulation
