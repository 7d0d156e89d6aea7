#pragma once

#include "core/kernels/marks.h"
#include "core/launch.h"

namespace hone::kernels {

// y[t] = sum over the tables given of table[index[t]]: BERT's word, position and token type embeddings at
// once.
//   table i [entries, columns], index i [tokens] i32, y [tokens, columns], of the tables' type, or bf16 of
//   f32 tables. One to three tables.
struct EmbeddingSum {
  static constexpr auto name = "embedding_sum";
  Views tables, indices;
  View y;

  Views inputs() const;
  Views outputs() const { return {y}; }
  double flops() const { return static_cast<double>(y.elements() * static_cast<int64_t>(tables.size())); }
  void check() const;
};
void run(CpuStream&, const EmbeddingSum&);
void run(CudaStream&, const EmbeddingSum&);

// Of EmbeddingBackward: one table's indices and gradient, of which the row padding_index (-1: none) gets
// nothing. marks [marks_for(its elements)] or absent, for a dtable without gaps that begins where a mark's
// numbers do: become kGradient where rows are written to.
struct TableGradient {
  View index;
  GradOut dtable;
  int64_t padding_index = -1;
  View marks = {};
};

// dtable[index[t]] += dy[t] for one to three tables that share no memory, tokens in order; with beta 0 the
// rows that no token names become 0.
struct EmbeddingBackward {
  static constexpr auto name = "embedding_backward";
  View dy;
  std::vector<TableGradient> tables;

  Views inputs() const;
  Views outputs() const;
  double flops() const { return static_cast<double>(dy.elements() * static_cast<int64_t>(tables.size())); }
  void check() const;
};
void run(CpuStream&, const EmbeddingBackward&);
void run(CudaStream&, const EmbeddingBackward&);

}  // namespace hone::kernels
