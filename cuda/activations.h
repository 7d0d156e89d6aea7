#pragma once

#include <hone/core/kernels/kinds.h>
#include "cuda/device.h"

// Functions of one number and their derivatives, for kernels.
namespace hone::kernels {

template <UnaryKind kind, class T>
__device__ inline T value_of(T x) {
  if constexpr (kind == UnaryKind::gelu) return T(0.5) * x * (T(1) + device::erf(x * T(kSqrtHalf)));
  if constexpr (kind == UnaryKind::gelu_tanh) {
    return T(0.5) * x * (T(1) + device::tanh(T(kGeluScale) * (x + T(kGeluCubic) * x * x * x)));
  }
  if constexpr (kind == UnaryKind::relu) return x < T(0) ? T(0) : x;
  if constexpr (kind == UnaryKind::tanh) return device::tanh(x);
  if constexpr (kind == UnaryKind::sigmoid) return T(1) / (T(1) + device::exp(-x));
  if constexpr (kind == UnaryKind::exp) return device::exp(x);
  if constexpr (kind == UnaryKind::log) return device::log(x);
}

template <UnaryKind kind, class T>
__device__ inline T slope_of(T x, T y) {
  if constexpr (kind == UnaryKind::gelu) {
    const T phi = T(0.5) * (T(1) + device::erf(x * T(kSqrtHalf)));
    return phi + x * T(kNormal) * device::exp(x * x * T(-0.5));
  }
  if constexpr (kind == UnaryKind::gelu_tanh) {
    const T t = device::tanh(T(kGeluScale) * (x + T(kGeluCubic) * x * x * x));
    const T inner = T(kGeluScale) * (T(1) + T(3 * kGeluCubic) * x * x);
    return T(0.5) * (T(1) + t) + T(0.5) * x * (T(1) - t * t) * inner;
  }
  if constexpr (kind == UnaryKind::relu) return x > T(0) ? T(1) : T(0);
  if constexpr (kind == UnaryKind::tanh) return T(1) - y * y;
  if constexpr (kind == UnaryKind::sigmoid) return y * (T(1) - y);
  if constexpr (kind == UnaryKind::exp) return y;
  if constexpr (kind == UnaryKind::log) return T(1) / x;
}

// Calls f with the kind as a constant.
template <class F>
void with_kind(UnaryKind kind, F&& f) {
  switch (kind) {
    case UnaryKind::gelu:
      return f(std::integral_constant<UnaryKind, UnaryKind::gelu>{});
    case UnaryKind::gelu_tanh:
      return f(std::integral_constant<UnaryKind, UnaryKind::gelu_tanh>{});
    case UnaryKind::relu:
      return f(std::integral_constant<UnaryKind, UnaryKind::relu>{});
    case UnaryKind::tanh:
      return f(std::integral_constant<UnaryKind, UnaryKind::tanh>{});
    case UnaryKind::sigmoid:
      return f(std::integral_constant<UnaryKind, UnaryKind::sigmoid>{});
    case UnaryKind::exp:
      return f(std::integral_constant<UnaryKind, UnaryKind::exp>{});
    case UnaryKind::log:
      return f(std::integral_constant<UnaryKind, UnaryKind::log>{});
  }
}

}  // namespace hone::kernels
