#pragma once

#include "core/build_config.h"
#include "core/error.h"
#include "core/types.h"

namespace hone {

// Calls f(T{}) with T the C++ type of a floating dtype. Builds without f64 kernels refuse f64.
template <class F>
void with_floating(Dtype dtype, F&& f) {
  if (dtype == Dtype::f32) return f(float{});
  if constexpr (kHasF64) {
    if (dtype == Dtype::f64) return f(double{});
  }
  throw Error(std::string(name_of(dtype)) + " kernels are not in this build (f64: configure with -DHONE_F64=ON)");
}

}  // namespace hone
