#include <hone/autograd/ops/matmul.h>

#include "autograd/node.h"
#include "core/kernels/gemm.h"
#include "core/kernels/reduce.h"

namespace hone {
namespace {

// With A = op(a), B = op(b) and y = A B: dA = dy B^T and dB = A^T dy; where op transposes, the gradient's
// factors change places.
struct MatmulNode final : Node {
  Tensor a, b;
  bool transpose_a = false, transpose_b = false, has_bias = false;

  kernels::Gemm gradient_of_a(const Tensor& dy, const GradOut& da) const {
    if (transpose_a) return {.a = b, .b = dy, .c = da, .transpose_a = transpose_b, .transpose_b = true};
    return {.a = dy, .b = b, .c = da, .transpose_b = !transpose_b};
  }
  kernels::Gemm gradient_of_b(const Tensor& dy, const GradOut& db) const {
    if (transpose_b) return {.a = dy, .b = a, .c = db, .transpose_a = true, .transpose_b = transpose_a};
    return {.a = a, .b = dy, .c = db, .transpose_a = !transpose_a};
  }
  void backward(const Tensor& dy, GradSink& sink) override {
    const Device device = dy.device();
    if (sink.wants(0)) launch(device, gradient_of_a(dy, sink.into(0)));
    if (sink.wants(1)) launch(device, gradient_of_b(dy, sink.into(1)));
    if (has_bias && sink.wants(2)) {
      launch(device, kernels::Sum{.axis = Axis::rows, .x = dy, .out = sink.into(2)});
    }
  }
};

Var product(const char* op, kernels::Gemm gemm, const Var& a, const Var& b, const Var& bias) {
  Tensor y = empty_like(a.value(), {gemm.m(), gemm.n()});
  gemm.c = {.view = y};
  launch(a.device(), gemm, op);
  auto node = std::make_shared<MatmulNode>();
  node->a = a.value();
  node->b = b.value();
  node->transpose_a = gemm.transpose_a;
  node->transpose_b = gemm.transpose_b;
  node->has_bias = bias.defined();
  return record(std::move(node), y, {a, b, bias});
}

}  // namespace

Var matmul(const Var& a, const Var& b, bool transpose_a, bool transpose_b) {
  const kernels::Gemm gemm{
      .a = a.value(), .b = b.value(), .c = {}, .transpose_a = transpose_a, .transpose_b = transpose_b};
  return product("matmul", gemm, a, b, {});
}

Var linear(const Var& x, const Var& weight, const Var& bias) {
  constexpr auto op = "linear";
  kernels::check_linear(op, {"x", x.value()}, {"weight", weight.value()}, {"bias", bias.value()});
  const kernels::Gemm gemm{
      .a = x.value(), .b = weight.value(), .bias = bias.value(), .c = {}, .transpose_b = true};
  return product(op, gemm, x, weight, bias);
}

}  // namespace hone
