#pragma once

#include <hone/core/types.h>
#include "cpu/isa.h"

namespace hone {

// What the machine can do, measured: the best of several short tries on as many threads as kernels use.
struct Peak {
  double gflops;  // fused multiply-adds of f32 in registers, two operations each, with this instruction set's
                  // vectors
  double gbytes;  // a copy between arrays that fit no cache, bytes read and written in a second / 1e9
};
Peak measured_peak(Isa isa);
// A copy's speed within a device's memory.
double measured_copies(Device device);

}  // namespace hone
