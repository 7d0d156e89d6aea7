#pragma once

namespace hone {

// Whether f32 products may be computed in TF32: 10 bits of precision instead of 23, many times faster. Off at
// first.
void allow_tf32(bool allowed);
bool tf32_allowed();

}  // namespace hone
