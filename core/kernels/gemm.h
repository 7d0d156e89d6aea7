#pragma once

#include <hone/core/kernels/unary_functions.h>
#include "core/launch.h"

namespace hone::kernels {

// With an Activation, the values of a Gemm's c meet f or f' while they are in the cache (beta is 0 then):
//   y = f(c), beside c or in its place                       when x is absent
//   c = (op(a) op(b)) f'(x), where y = f(x) was computed     when x is there: the gradient of what went into
//   f
struct Activation {
  UnaryKind kind = UnaryKind::gelu;
  View x, y;  // [m, n] both, of c's type

  explicit operator bool() const { return bool(y); }
  bool backward() const { return bool(x); }
};

// c = op(a) op(b) + bias + beta c, with op the identity or the transpose.
//   op(a) [m, k], op(b) [k, n], bias [n] or absent, c [m, n]. f32 or f64, accumulated in the same type; or
//   bf16, accumulated in f32, c then in either.
// The order of the sum over k depends on shapes and layout alone: the same bits for any number of threads.
struct Gemm {
  static constexpr auto name = "gemm";
  View a, b, bias;
  GradOut c;
  bool transpose_a = false, transpose_b = false;
  Activation activation = {};

  int64_t m() const { return transpose_a ? a.columns() : a.rows(); }
  int64_t k() const { return transpose_a ? a.rows() : a.columns(); }
  int64_t n() const { return transpose_b ? b.rows() : b.columns(); }
  Views inputs() const {
    if (activation.backward()) return {a, b, bias, activation.x, activation.y};
    return {a, b, bias};
  }
  Views outputs() const {
    if (activation.backward()) return {c.view};
    return {c.view, activation.y};
  }
  double flops() const {
    return 2.0 * static_cast<double>(m()) * static_cast<double>(n()) * static_cast<double>(k());
  }
  void check() const;
};
void run(CpuStream&, const Gemm&);
void run(CudaStream&, const Gemm&);

}  // namespace hone::kernels
