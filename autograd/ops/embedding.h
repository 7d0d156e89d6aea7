#pragma once

#include <optional>

#include <hone/autograd/var.h>

namespace hone {

// Rows of a table: y[i] = table[index[i]], index [n] i32. The row padding_index, if any, gets no gradient.
Var embedding(const Var& table, const Tensor& index, int64_t padding_index = -1);

// The sum of up to three tables' rows, BERT's word, position and type embeddings; padding_index is the first
// table's. The result is of the tables' type, or bf16 of f32 tables.
Var embedding_sum(const std::vector<Var>& tables, const std::vector<Tensor>& indices,
                  int64_t padding_index = -1, std::optional<Dtype> type = {});

}  // namespace hone
