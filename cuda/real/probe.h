#pragma once

#include <string>

namespace hone {

// Why the current device cannot run kernels of this build (it may be too old for them); "" where it can.
std::string why_no_kernel();

}  // namespace hone
