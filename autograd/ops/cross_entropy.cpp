#include <hone/autograd/ops/cross_entropy.h>

#include "autograd/node.h"
#include "core/kernels/cross_entropy.h"

namespace hone {
namespace {

struct CrossEntropyNode final : Node {
  Tensor probabilities, labels;
  double divisor = 1;
  void backward(const Tensor& dy, GradSink& sink) override {
    launch(dy.device(), kernels::CrossEntropyBackward{.probabilities = probabilities,
                                                      .labels = labels,
                                                      .dloss = dy,
                                                      .dlogits = sink.into(0),
                                                      .divisor = divisor});
  }
};

}  // namespace

Var cross_entropy(const Var& logits, const Tensor& labels, double divisor) {
  auto node = std::make_shared<CrossEntropyNode>();
  node->probabilities = empty_like(logits.value());
  node->labels = labels;
  node->divisor = divisor != 0 ? divisor : static_cast<double>(logits.shape().rows());
  Tensor loss = empty_like(logits.value(), {1});
  launch(logits.device(), kernels::CrossEntropy{.logits = logits.value(),
                                                .labels = labels,
                                                .loss = loss,
                                                .probabilities = node->probabilities,
                                                .divisor = node->divisor});
  return record(std::move(node), loss, {logits});
}

}  // namespace hone
