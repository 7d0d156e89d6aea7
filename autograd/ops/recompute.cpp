#include <hone/autograd/ops/recompute.h>

#include <hone/core/error.h>
#include "autograd/node.h"
#include "core/kernels/copy.h"

namespace hone {
namespace {

// The beginning of the second graph: keeps the gradient that arrives there.
struct CaptureNode final : Node {
  Tensor gradient;
  void backward(const Tensor& dy, GradSink&) override { gradient = dy; }
};

struct RecomputeNode final : Node {
  std::function<Var(const Var&)> f;
  Tensor x;

  // Runs f again and its graph backwards. That graph itself adds the gradients of the leaves that f uses.
  void backward(const Tensor& dy, GradSink& sink) override {
    const GradMode enabled(true);
    auto begin = std::make_shared<CaptureNode>();
    // The second graph's input is not a leaf: a leaf's gradient has the type of sums, an activation's its own
    // type.
    const Var input = sink.wants(0) ? record(begin, x, {Var::leaf(Tensor::zeros({1}))}) : Var(x);
    hone::backward(f(input), dy);
    if (begin->gradient.defined())
      launch(dy.device(), kernels::Copy{.x = begin->gradient, .out = sink.into(0)});
  }
};

}  // namespace

Var recompute(std::function<Var(const Var&)> f, const Var& x, std::vector<Var> uses) {
  for (const Var& used : uses) {
    require(!used.requires_grad() || used.slot()->leaf, "recompute",
            "what f uses beside x must be leaves or constants, not an op's result");
  }
  auto node = std::make_shared<RecomputeNode>();
  Tensor y;
  {
    const NoGrad no_grad;
    y = f(x.detach()).value();
  }
  node->f = std::move(f);
  node->x = x.value();
  uses.insert(uses.begin(), x);
  return record(std::move(node), y, std::move(uses));
}

}  // namespace hone
