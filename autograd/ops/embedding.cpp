#include <hone/autograd/ops/embedding.h>

#include <algorithm>

#include "autograd/node.h"
#include "core/kernels/embedding.h"

namespace hone {
namespace {

struct EmbeddingNode final : Node {
  std::vector<Tensor> indices;
  int64_t padding_index = -1;
  // Adds to the gradients of all tables in one launch; gradients that share memory (one table given twice,
  // parts of one table) are added one after the other.
  void backward(const Tensor& dy, GradSink& sink) override {
    kernels::EmbeddingBackward kernel{.dy = dy, .tables = {}};
    for (size_t i = 0; i < indices.size(); ++i) {
      if (!sink.wants(i)) continue;
      const auto [dtable, marks] = sink.into_rows(i);
      const View& own = dtable.view;
      if (std::ranges::any_of(kernel.tables,
                              [&](const auto& other) { return overlap(other.dtable.view, own); })) {
        launch(dy.device(), kernel);
        kernel.tables.clear();
      }
      kernel.tables.push_back({.index = indices[i],
                               .dtable = dtable,
                               .padding_index = i == 0 ? padding_index : -1,
                               .marks = marks});
    }
    if (!kernel.tables.empty()) launch(dy.device(), kernel);
  }
};

Var sum_rows(const char* op, const std::vector<Var>& tables, const std::vector<Tensor>& indices,
             int64_t padding_index, std::optional<Dtype> type) {
  require(!tables.empty(), op, "no tables");
  require(!indices.empty(), op, "no indices");
  const Tensor& first = tables[0].value();
  kernels::EmbeddingSum kernel{.tables = {}, .indices = {}, .y = {}};
  for (const Var& table : tables) kernel.tables.push_back(table.value());
  for (const Tensor& index : indices) kernel.indices.push_back(index);
  Tensor y = Tensor::empty({indices[0].elements(), first.shape().columns()}, type.value_or(first.dtype()),
                           first.device());
  kernel.y = y;
  launch(first.device(), kernel, op);
  auto node = std::make_shared<EmbeddingNode>();
  node->indices = indices;
  node->padding_index = padding_index;
  return record(std::move(node), y, tables);
}

}  // namespace

Var embedding_sum(const std::vector<Var>& tables, const std::vector<Tensor>& indices, int64_t padding_index,
                  std::optional<Dtype> type) {
  return sum_rows("embedding_sum", tables, indices, padding_index, type);
}

Var embedding(const Var& table, const Tensor& index, int64_t padding_index) {
  return sum_rows("embedding", {table}, {index}, padding_index, {});
}

}  // namespace hone
