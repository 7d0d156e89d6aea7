#include "autograd/ops/embedding.h"

#include "autograd/node.h"
#include "core/kernels/embedding.h"

namespace hone {
namespace {

struct EmbeddingNode final : Node {
  std::vector<Tensor> indices;
  int64_t padding_index = -1;
  void backward(const Tensor& dy, GradSink& sink) override {
    for (size_t i = 0; i < indices.size(); ++i) {
      if (!sink.wants(i)) continue;
      launch(dy.device(), EmbeddingBackward{indices[i], dy, sink.into(i), i == 0 ? padding_index : -1});
    }
  }
};

}  // namespace

Var embedding_sum(const std::vector<Var>& tables, const std::vector<Tensor>& indices, int64_t padding_index) {
  require(!tables.empty() && !indices.empty(), "embedding_sum", "no tables");
  const Tensor& first = tables[0].value();
  EmbeddingSum kernel;
  for (const Var& table : tables) kernel.tables.push_back(table.value());
  for (const Tensor& index : indices) kernel.indices.push_back(index);
  Tensor y = empty_like(first, {indices[0].elements(), first.shape().columns()});
  kernel.y = y;
  launch(first.device(), kernel);
  auto node = std::make_shared<EmbeddingNode>();
  node->indices = indices;
  node->padding_index = padding_index;
  return record(std::move(node), y, tables);
}

Var embedding(const Var& table, const Tensor& index, int64_t padding_index) {
  return embedding_sum({table}, {index}, padding_index);
}

}  // namespace hone
