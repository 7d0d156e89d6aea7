#include "autograd/ops/rms_norm.h"

#include "autograd/node.h"
#include "core/kernels/rms_norm.h"

namespace hone {
namespace {

struct RmsNormNode final : Node {
  Tensor x, gamma, r;
  void backward(const Tensor& dy, GradSink& sink) override {
    launch(dy.device(), kernels::RmsNormBackward{x, gamma, r, dy, sink.into(0), sink.into(1)});
  }
};

}  // namespace

Var rms_norm(const Var& x, const Var& gamma, double eps) {
  auto node = std::make_shared<RmsNormNode>();
  node->x = x.value();
  node->gamma = gamma.value();
  node->r = empty_like(x.value(), {x.shape().rows()});
  Tensor y = empty_like(x.value());
  launch(x.device(), kernels::RmsNorm{node->x, node->gamma, y, node->r, eps});
  return record(std::move(node), y, {x, gamma});
}

}  // namespace hone
