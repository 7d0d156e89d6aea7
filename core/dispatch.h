#pragma once

#include <type_traits>

#include <hone/core/error.h>
#include "core/build_config.h"
#include "core/launch.h"
#include "core/view.h"

namespace hone {

// Calls f(T{}) with T the C++ type of a parameter: float, or double in builds that have f64 kernels.
template <class F>
void with_master(Dtype dtype, F&& f) {
  if (dtype == Dtype::f32) return f(float{});
  if constexpr (kHasF64) {
    if (dtype == Dtype::f64) return f(double{});
  }
  throw Error(std::string(current_op()) + ": no kernel for " + name_of(dtype) +
              (dtype == Dtype::f64 ? " in this build (-DHONE_F64=ON makes them)" : ""));
}

// Calls f(T{}) with T the C++ type of any floating tensor, bf16 too.
template <class F>
void with_floating(Dtype dtype, F&& f) {
  if (dtype == Dtype::bf16) return f(bf16{});
  with_master(dtype, f);
}

// Calls f(T{}) like with_floating, and with double in every build: for kernels that only convert stored
// numbers.
template <class F>
void with_stored(Dtype dtype, F&& f) {
  if (dtype == Dtype::f64) return f(double{});
  with_floating(dtype, f);
}

// Calls f(pointer) with an output's memory as T*, or as Acc<T>* for an output that is stored in the type of
// sums.
template <class T, class F>
void with_output(const View& out, F&& f) {
  if constexpr (!std::is_same_v<T, Acc<T>>) {
    if (out.dtype != dtype_of<T>) return f(out.as<Acc<T>>());
  }
  f(out.as<T>());
}

}  // namespace hone
