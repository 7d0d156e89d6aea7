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
  lane_missing
};

// y[i] = the sum of x over the block of 64 threads that i belongs to; x and y f32 [n], n a multiple of 64.
void sum_by_blocks(CudaStream& stream, const View& x, const View& y, Plant plant);

}  // namespace hone::test
