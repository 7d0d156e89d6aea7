#pragma once

#include "core/kernels/marks.h"
#include "core/launch.h"

namespace hone::kernels {

// y[t] = sum over the tables of table[index[t]]: BERT's word, position and token type embeddings at once. One
// to three tables.
//   table i [entries, columns], index i [tokens] i32, y [tokens, columns], of the tables' type, or bf16 of
//   f32 tables
struct EmbeddingSum {
  static constexpr auto name = "embedding_sum";
  Views tables, indices;
  View y;

  Arguments inputs() const;
  Arguments outputs() const { return {{"y", y}}; }
  double flops() const { return static_cast<double>(y.elements() * static_cast<int64_t>(tables.size())); }
  void check(const char* op = name) const;
};
void run(CpuStream&, const EmbeddingSum&);
void run(CudaStream&, const EmbeddingSum&);

// One table's part in EmbeddingBackward: its indices and its gradient.
//   padding_index: the row that gets nothing; -1: every row may get something
//   marks [marks_for(dtable's elements)] or absent, for a dtable without gaps that begins where a mark's
//   numbers do: become kGradient where rows are written to
struct TableGradient {
  View index;
  GradOut dtable;
  int64_t padding_index = -1;
  View marks = {};
};

// dtable[index[t]] += dy[t] for one to three tables that share no memory, tokens in order. A dtable that is
// overwritten has zeros in the rows that no token names.
struct EmbeddingBackward {
  static constexpr auto name = "embedding_backward";
  View dy;
  std::vector<TableGradient> tables;

  Arguments inputs() const;
  Arguments outputs() const;
  double flops() const { return static_cast<double>(dy.elements() * static_cast<int64_t>(tables.size())); }
  void check(const char* op = name) const;
};
void run(CpuStream&, const EmbeddingBackward&);
void run(CudaStream&, const EmbeddingBackward&);

}  // namespace hone::kernels
