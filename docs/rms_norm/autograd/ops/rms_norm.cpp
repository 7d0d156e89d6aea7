#include <hone/autograd/ops/rms_norm.h>

#include "autograd/node.h"
#include "core/kernels/rms_norm.h"

namespace hone {
namespace {

struct RmsNormNode final : Node {
  Tensor x, gamma, r;
  void backward(const Tensor& dy, GradSink& sink) override {
    launch(dy.device(),
           kernels::RmsNormBackward{
               .x = x, .gamma = gamma, .r = r, .dy = dy, .dx = sink.into(0), .dgamma = sink.into(1)});
  }
};

}  // namespace

Var rms_norm(const Var& x, const Var& gamma, double eps) {
  auto node = std::make_shared<RmsNormNode>();
  node->x = x.value();
  node->gamma = gamma.value();
  node->r = empty_acc_like(x.value(), {x.shape().rows()});
  Tensor y = empty_like(x.value());
  launch(x.device(), kernels::RmsNorm{.x = node->x, .gamma = node->gamma, .y = y, .r = node->r, .eps = eps});
  return record(std::move(node), y, {x, gamma});
}

}  // namespace hone
