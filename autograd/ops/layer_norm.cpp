#include <hone/autograd/ops/layer_norm.h>

#include "autograd/node.h"
#include "core/kernels/layer_norm.h"

namespace hone {
namespace {

struct LayerNormNode final : Node {
  Tensor h, gamma, mean, rstd;
  DropoutMask dropout;
  void backward(const Tensor& dy, GradSink& sink) override {
    launch(dy.device(), kernels::LayerNormBackward{h, gamma, mean, rstd, dy, dropout, sink.into(0),
                                                   sink.into(1), sink.into(2), sink.into(3), sink.into(4)});
  }
};

}  // namespace

Var dropout_residual_layer_norm(const Var& x, const Var& bias, const Var& residual, const Var& gamma,
                                const Var& beta, double eps, const DropoutMask& dropout) {
  auto node = std::make_shared<LayerNormNode>();
  const Shape rows{x.shape().rows()};
  node->h = bias.defined() || residual.defined() || dropout.active() ? empty_like(x.value()) : x.value();
  node->gamma = gamma.value();
  node->mean = empty_acc_like(x.value(), rows);
  node->rstd = empty_acc_like(x.value(), rows);
  node->dropout = dropout;
  Tensor y = empty_like(x.value());
  launch(x.device(), kernels::LayerNorm{x.value(), bias.value(), residual.value(), gamma.value(),
                                        beta.value(), eps, dropout, node->h, y, node->mean, node->rstd});
  return record(std::move(node), y, {x, bias, residual, gamma, beta});
}

Var layer_norm(const Var& x, const Var& gamma, const Var& beta, double eps) {
  return dropout_residual_layer_norm(x, {}, {}, gamma, beta, eps, {});
}

}  // namespace hone
