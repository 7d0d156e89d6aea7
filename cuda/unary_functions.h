#pragma once

#include "core/kernels/unary_functions.h"
#include "cuda/device.h"

namespace hone::kernels {

// The arithmetic that the functions of core/kernels/unary_functions.h are written in, on single numbers.
template <class Number>
struct NumberMath {
  using T = Number;
  using V = Number;

  __device__ static V erf(V x) { return device::erf(x); }
  __device__ static V exp(V x) { return device::exp(x); }
  __device__ static V log(V x) { return device::log(x); }
  __device__ static V tanh(V x) { return device::tanh(x); }
  __device__ static V all(T x) { return x; }
};

// f(x) and f'(x) for kernels; Function is one that with_function() gives.
template <class Function, class T>
__device__ inline T value_of(T x) {
  return Function::template value<NumberMath<T>>(x);
}
template <class Function, class T>
__device__ inline T slope_of(T x, T y) {
  return Function::template slope<NumberMath<T>>(x, y);
}

}  // namespace hone::kernels
