#pragma once

#include "core/kernels/unary_functions.h"
#include "core/launch.h"

namespace hone::kernels {

// A function f of one number that a Gemm applies to the elements of its c while they are in the cache; c is
// overwritten then, never added to.
//   y = f(c), stored beside c or in its place, when x is absent
//   c = (op(a) op(b)) f'(x), when x is there and y = f(x): the gradient by what went into f
struct Activation {
  UnaryKind kind = UnaryKind::gelu;
  View x = {}, y;  // [m, n] both, of c's type

  explicit operator bool() const { return bool(y); }
  bool backward() const { return bool(x); }
};

// c (+)= op(a) op(b) + bias, with op the identity or the transpose.
//   op(a) [m, k], op(b) [k, n], bias [n] or absent, c [m, n]. f32 or f64, accumulated in the same type; or
//   bf16, accumulated in f32, c then in either.
// The order of the sum over k depends on shapes and layout alone: the same bits for any number of threads.
struct Gemm {
  static constexpr auto name = "gemm";
  View a, b, bias = {};
  GradOut c;
  bool transpose_a = false, transpose_b = false;
  Activation activation = {};

  int64_t m() const { return transpose_a ? a.columns() : a.rows(); }
  int64_t k() const { return transpose_a ? a.rows() : a.columns(); }
  int64_t n() const { return transpose_b ? b.rows() : b.columns(); }
  // The activation's y is an input in the backward pass alone.
  Arguments inputs() const {
    const View y = activation.backward() ? activation.y : View{};
    return {
        {"a", a}, {"b", b}, {"bias", bias}, {"the activation's x", activation.x}, {"the activation's y", y}};
  }
  Arguments outputs() const {
    const View y = activation.backward() ? View{} : activation.y;
    return {{"c", c.view}, {"the activation's y", y}};
  }
  double flops() const {
    return 2.0 * static_cast<double>(m()) * static_cast<double>(n()) * static_cast<double>(k());
  }
  void check(const char* op = name) const;
};
void run(CpuStream&, const Gemm&);
void run(CudaStream&, const Gemm&);

// Throws, in the op's words, unless a Gemm can compute x weight^T + bias: x [rows, in], weight [out, in],
// bias [out] or absent, all on x's device.
void check_linear(const char* op, const Argument& x, const Argument& weight, const Argument& bias);

}  // namespace hone::kernels
