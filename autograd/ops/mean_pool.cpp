// Mean pooling without kernels of its own: an embedding's backward pass sums the rows of each sequence, and
// its forward pass spreads the gradient over them.
#include <hone/autograd/ops/mean_pool.h>

#include <fmt/core.h>

#include <vector>

#include <hone/autograd/ops/elementwise.h>
#include <hone/autograd/ops/shape.h>
#include "autograd/node.h"
#include "core/kernels/copy.h"
#include "core/kernels/embedding.h"

namespace hone {
namespace {

// y[s] = sum of x[t] over the tokens t with index[t] = s.
struct SequenceSumNode final : Node {
  Tensor index;  // [tokens] i32

  void backward(const Tensor& dy, GradSink& sink) override {
    const GradOut dx = sink.into(0);
    const Tensor rows = Tensor::empty(dx.view.shape, dx.view.dtype, dy.device());
    launch(dy.device(), kernels::EmbeddingSum{.tables = {dy}, .indices = {index}, .y = rows});
    launch(dy.device(), kernels::Copy{.x = rows, .out = dx});
  }
};

Var sequence_sum(const Var& x, const Tensor& index, int64_t sequences) {
  auto node = std::make_shared<SequenceSumNode>();
  node->index = index;
  const Tensor y = empty_acc_like(x.value(), {sequences, x.shape().columns()});
  kernels::EmbeddingBackward sum{.dy = x.value(), .tables = {}};
  sum.tables.push_back({.index = index, .dtable = {.view = y}});
  launch(x.device(), sum);
  return record(std::move(node), y, {x});
}

// Each token's sequence [tokens] i32, and 1 / length of each sequence [sequences, 1].
Tensor sequence_of_tokens(const SeqLens& lens) {
  std::vector<int32_t> index;
  for (int64_t s = 0; s < lens.count(); ++s) {
    index.insert(index.end(), static_cast<size_t>(lens.length(s)), static_cast<int32_t>(s));
  }
  return Tensor::from(index, {lens.total()});
}

Tensor inverse_lengths(const SeqLens& lens, Dtype dtype) {
  std::vector<double> inverse;
  for (int64_t s = 0; s < lens.count(); ++s) {
    inverse.push_back(lens.length(s) == 0 ? 0 : 1 / static_cast<double>(lens.length(s)));
  }
  return Tensor::from(inverse, {lens.count(), 1}).to(dtype);
}

}  // namespace

Var mean_pool(const Var& x, const SeqLens& lens) {
  constexpr auto op = "mean_pool";
  require_matrix(op, {"x", x.value()});
  require_same_type(op, {{"x", x.value()}});
  if (x.shape()[0] != lens.total())
    refuse(op, fmt::format("x has {} rows, lens {} tokens", x.shape()[0], lens.total()));
  const Var sums = sequence_sum(x, sequence_of_tokens(lens).to(x.device()), lens.count());
  const Tensor scale = inverse_lengths(lens, sums.dtype()).to(x.device());
  return cast(mul(sums, scale), x.dtype());
}

}  // namespace hone
