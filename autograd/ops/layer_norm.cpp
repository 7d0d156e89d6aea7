#include <hone/autograd/ops/layer_norm.h>

#include "autograd/node.h"
#include "core/kernels/layer_norm.h"

namespace hone {
namespace {

struct LayerNormNode final : Node {
  Tensor h, gamma, mean, rstd;
  DropoutMask dropout;
  void backward(const Tensor& dy, GradSink& sink) override {
    launch(dy.device(), kernels::LayerNormBackward{.h = h,
                                                   .gamma = gamma,
                                                   .mean = mean,
                                                   .rstd = rstd,
                                                   .dy = dy,
                                                   .dropout = dropout,
                                                   .dx = sink.into(0),
                                                   .dbias = sink.into(1),
                                                   .dresidual = sink.into(2),
                                                   .dgamma = sink.into(3),
                                                   .dbeta = sink.into(4)});
  }
};

Var normalise(const char* op, const Var& x, const Var& bias, const Var& residual, const Var& gamma,
              const Var& beta, double eps, const DropoutMask& dropout) {
  auto node = std::make_shared<LayerNormNode>();
  const Shape rows{x.shape().rows()};
  node->h = bias.defined() || residual.defined() || dropout.active() ? empty_like(x.value()) : x.value();
  node->gamma = gamma.value();
  node->mean = empty_acc_like(x.value(), rows);
  node->rstd = empty_acc_like(x.value(), rows);
  node->dropout = dropout;
  Tensor y = empty_like(x.value());
  launch(x.device(),
         kernels::LayerNorm{.x = x.value(),
                            .bias = bias.value(),
                            .residual = residual.value(),
                            .gamma = gamma.value(),
                            .beta = beta.value(),
                            .eps = eps,
                            .dropout = dropout,
                            .h = node->h,
                            .y = y,
                            .mean = node->mean,
                            .rstd = node->rstd},
         op);
  return record(std::move(node), y, {x, bias, residual, gamma, beta});
}

}  // namespace

Var dropout_residual_layer_norm(const Var& x, const Var& bias, const Var& residual, const Var& gamma,
                                const Var& beta, double eps, const DropoutMask& dropout) {
  return normalise("dropout_residual_layer_norm", x, bias, residual, gamma, beta, eps, dropout);
}

Var layer_norm(const Var& x, const Var& gamma, const Var& beta, double eps) {
  return normalise("layer_norm", x, {}, {}, gamma, beta, eps, {});
}

}  // namespace hone
