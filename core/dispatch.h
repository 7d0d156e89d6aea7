#pragma once

#include <type_traits>

#include <hone/core/error.h>
#include <hone/core/view.h>
#include "core/build_config.h"
#include "core/launch.h"

namespace hone {

// Calls f(T{}) with T the C++ type of a parameter: float, or double in builds that have f64 kernels.
template <class F>
void with_master(Dtype dtype, F&& f) {
  if (dtype == Dtype::f32) return f(float{});
  if constexpr (kHasF64) {
    if (dtype == Dtype::f64) return f(double{});
  }
  throw Error(std::string(current_kernel()) + ": no kernel for " + name_of(dtype) +
              (dtype == Dtype::f64 ? " in this build (-DHONE_F64=ON makes them)" : ""));
}

// The same for any floating type, bf16 too.
template <class F>
void with_floating(Dtype dtype, F&& f) {
  if (dtype == Dtype::bf16) return f(bf16{});
  with_master(dtype, f);
}

// The same for kernels that only convert what is stored: f64 in every build.
template <class F>
void with_stored(Dtype dtype, F&& f) {
  if (dtype == Dtype::f64) return f(double{});
  with_floating(dtype, f);
}

// Calls f(pointer) with an output as T* or, when it is kept in the type of sums, as Acc<T>*.
template <class T, class F>
void with_output(const View& out, F&& f) {
  if constexpr (!std::is_same_v<T, Acc<T>>) {
    if (out.dtype != dtype_of<T>) return f(out.as<Acc<T>>());
  }
  f(out.as<T>());
}

}  // namespace hone
