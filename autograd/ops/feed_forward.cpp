#include "autograd/ops/feed_forward.h"

#include <fmt/core.h>

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
      launch(device,
             kernels::Gemm{.a = dy, .b = activated, .c = sink.into(kDownWeight), .transpose_a = true});
    if (!sink.wants(kX) && !sink.wants(kUpWeight) && !sink.wants(kUpBias)) return;
    const Tensor dinner = empty_like(inner);
    launch(device, kernels::Gemm{.a = dy,
                                 .b = down_weight,
                                 .c = {.view = dinner},
                                 .activation = {.kind = f, .x = inner, .y = activated}});
    if (sink.wants(kUpWeight))
      launch(device, kernels::Gemm{.a = dinner, .b = x, .c = sink.into(kUpWeight), .transpose_a = true});
    if (sink.wants(kUpBias))
      launch(device, kernels::Sum{.axis = Axis::rows, .x = dinner, .out = sink.into(kUpBias)});
    if (sink.wants(kX)) launch(device, kernels::Gemm{.a = dinner, .b = up_weight, .c = sink.into(kX)});
  }
};

constexpr auto kOp = "feed_forward";

// Checks the arguments, so that an error names this op and not the products inside.
void check(const Var& x, const Var& up_weight, const Var& up_bias, const Var& down_weight) {
  const Argument down{"down_weight", down_weight.value()};
  kernels::check_linear(kOp, {"x", x.value()}, {"up_weight", up_weight.value()},
                        {"up_bias", up_bias.value()});
  require_matrix(kOp, down);
  const int64_t inner = up_weight.shape().rows();
  if (down.view.columns() != inner)
    refuse(kOp, fmt::format("up_weight has {} rows, down_weight {} columns", inner, down.view.columns()));
  require_same_type(kOp, {{"x", x.value()}, down});
  require_device(kOp, x.device(), {down});
}

}  // namespace

Var feed_forward(UnaryKind f, const Var& x, const Var& up_weight, const Var& up_bias,
                 const Var& down_weight) {
  check(x, up_weight, up_bias, down_weight);
  const Device device = x.device();
  auto node = std::make_shared<FeedForwardNode>();
  node->f = f;
  node->x = x.value();
  node->up_weight = up_weight.value();
  node->down_weight = down_weight.value();
  node->inner = empty_like(x.value(), {x.shape().rows(), up_weight.shape().rows()});
  node->activated = grad_enabled() ? empty_like(node->inner) : node->inner;
  launch(device,
         kernels::Gemm{.a = x.value(),
                       .b = up_weight.value(),
                       .bias = up_bias.value(),
                       .c = {.view = node->inner},
                       .transpose_b = true,
                       .activation = {.kind = f, .y = node->activated}},
         kOp);
  Tensor y = empty_like(x.value(), {x.shape().rows(), down_weight.shape().rows()});
  launch(device,
         kernels::Gemm{.a = node->activated, .b = down_weight.value(), .c = {.view = y}, .transpose_b = true},
         kOp);
  return record(std::move(node), y, {x, up_weight, up_bias, down_weight});
}

}  // namespace hone
