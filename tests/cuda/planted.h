#pragma once

#include "core/view.h"
#include "cuda/stream.h"

// Kernels with an error in each, to show that the emulator finds it; and sound ones beside them.
namespace hone::test {

enum class Plant {
  none,
  out_of_bounds,
  shared_out_of_bounds,
  missing_barrier,
  divided_barrier,
  lane_not_in_mask,
  lane_missing,
  copy_not_waited_for,
  copy_forgotten
};

// y[i] = the sum of x over the block of 64 threads that i belongs to; x and y f32 [n], n a multiple of 64.
void sum_by_blocks(CudaStream& stream, const View& x, const View& y, Plant plant);
// c += a b by a warp's tensor cores: a [16, 16] and b [16, 8] bf16, c [16, 8] f32. `shift`: the rows are read
// from so many bytes too far to the right.
void multiply_by_tiles(CudaStream& stream, const View& a, const View& b, const View& c, int shift = 0);

}  // namespace hone::test
