#pragma once

#include <string>

namespace hone {

// The reason that the current device cannot run kernels of this build, for which it may be too old; "" where
// it can.
std::string why_no_kernel();

}  // namespace hone
