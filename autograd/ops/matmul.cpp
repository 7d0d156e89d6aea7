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

  void backward(const Tensor& dy, GradSink& sink) override {
    const Device device = dy.device();
    if (sink.wants(0) && !transpose_a)
      launch(device, kernels::Gemm{dy, b, {}, sink.into(0), false, !transpose_b});
    if (sink.wants(0) && transpose_a)
      launch(device, kernels::Gemm{b, dy, {}, sink.into(0), transpose_b, true});
    if (sink.wants(1) && !transpose_b)
      launch(device, kernels::Gemm{a, dy, {}, sink.into(1), !transpose_a, false});
    if (sink.wants(1) && transpose_b)
      launch(device, kernels::Gemm{dy, a, {}, sink.into(1), true, transpose_a});
    if (has_bias && sink.wants(2)) launch(device, kernels::Sum{Axis::rows, dy, sink.into(2)});
  }
};

Var product(const Var& a, const Var& b, const Var& bias, bool transpose_a, bool transpose_b) {
  kernels::Gemm gemm{a.value(), b.value(), bias.value(), {}, transpose_a, transpose_b};
  Tensor y = empty_like(a.value(), {gemm.m(), gemm.n()});
  gemm.c = {y, 0};
  launch(a.device(), gemm);
  auto node = std::make_shared<MatmulNode>();
  node->a = a.value();
  node->b = b.value();
  node->transpose_a = transpose_a;
  node->transpose_b = transpose_b;
  node->has_bias = bias.defined();
  return record(std::move(node), y, {a, b, bias});
}

}  // namespace

Var matmul(const Var& a, const Var& b, bool transpose_a, bool transpose_b) {
  return product(a, b, {}, transpose_a, transpose_b);
}

Var linear(const Var& x, const Var& weight, const Var& bias) { return product(x, weight, bias, false, true); }

}  // namespace hone
