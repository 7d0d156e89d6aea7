#include <hone/autograd/ops/feed_forward.h>

#include "autograd/node.h"
#include "core/kernels/gemm.h"
#include "core/kernels/reduce.h"

namespace hone {
namespace {

enum Input { kX, kUpWeight, kUpBias, kDownWeight };

struct FeedForwardNode final : Node {
  UnaryKind f = UnaryKind::gelu;
  Tensor x, up_weight, down_weight, inner, activated;  // activated = f(inner)

  // With h = inner and a = f(h):  dh = (dy W_down) f'(h),  dW_down = dy^T a,  dW_up = dh^T x,  dx = dh W_up.
  void backward(const Tensor& dy, GradSink& sink) override {
    const Device device = dy.device();
    if (sink.wants(kDownWeight))
      launch(device, kernels::Gemm{dy, activated, {}, sink.into(kDownWeight), true, false});
    if (!sink.wants(kX) && !sink.wants(kUpWeight) && !sink.wants(kUpBias)) return;
    const Tensor dinner = empty_like(inner);
    launch(device, kernels::Gemm{dy, down_weight, {}, {dinner, 0}, false, false, {f, inner, activated}});
    if (sink.wants(kUpWeight))
      launch(device, kernels::Gemm{dinner, x, {}, sink.into(kUpWeight), true, false});
    if (sink.wants(kUpBias)) launch(device, kernels::Sum{Axis::rows, dinner, sink.into(kUpBias)});
    if (sink.wants(kX)) launch(device, kernels::Gemm{dinner, up_weight, {}, sink.into(kX), false, false});
  }
};

}  // namespace

Var feed_forward(UnaryKind f, const Var& x, const Var& up_weight, const Var& up_bias,
                 const Var& down_weight) {
  const Device device = x.device();
  auto node = std::make_shared<FeedForwardNode>();
  node->f = f;
  node->x = x.value();
  node->up_weight = up_weight.value();
  node->down_weight = down_weight.value();
  node->inner = empty_like(x.value(), {x.shape().rows(), up_weight.shape().rows()});
  node->activated = grad_enabled() ? empty_like(node->inner) : node->inner;
  launch(device, kernels::Gemm{x.value(),
                               up_weight.value(),
                               up_bias.value(),
                               {node->inner, 0},
                               false,
                               true,
                               {f, {}, node->activated}});
  Tensor y = empty_like(x.value(), {x.shape().rows(), down_weight.shape().rows()});
  launch(device, kernels::Gemm{node->activated, down_weight.value(), {}, {y, 0}, false, true});
  return record(std::move(node), y, {x, up_weight, up_bias, down_weight});
}

}  // namespace hone
