#pragma once

#include <cstdint>

#include "core/launch.h"

namespace hone {

// Every thread waits `barriers` times for its block and writes its number of rounds.
void wait_at_barriers(CudaStream& stream, int64_t blocks, int threads, int barriers, float* out);

}  // namespace hone
