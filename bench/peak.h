#pragma once

#include <hone/core/types.h>
#include "cpu/isa.h"

namespace hone {

// The machine's measured peak: the best of several short tries on as many threads as kernels use.
struct Peak {
  double gflops;  // multiply-adds of f32 vectors in registers, two operations each, in 1e9 a second
  double gbytes;  // a copy between arrays that fit no cache, bytes read and written in a second / 1e9
};
Peak measured_peak(Isa isa);
// The speed of a copy within a device's memory, in 1e9 bytes read and written a second.
double measured_copies(Device device);

}  // namespace hone
