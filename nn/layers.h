#pragma once

#include <hone/nn/module.h>

namespace hone {

// x weight^T + bias: [rows, in] to [rows, out]. Begins as normal(0, std), bias 0.
class Linear : public Module {
 public:
  Linear(Module& parent, const std::string& name, int64_t in, int64_t out, double std = 0.02);
  Var operator()(const Var& x) const;
  // Only outputs [begin, end).
  Var outputs(const Var& x, int64_t begin, int64_t end) const;

  Parameter& weight;  // [out, in]
  Parameter& bias;    // [out]
};

// Layer normalisation over the last dimension with gain and offset; begins as 1 and 0.
class LayerNorm : public Module {
 public:
  LayerNorm(Module& parent, const std::string& name, int64_t columns, double epsilon);
  Var operator()(const Var& x) const;

  double eps;
  Parameter& weight;  // gamma [columns]
  Parameter& bias;    // beta [columns]
};

// A table with a row for each id. The padding row (if any) gets no gradient. Rows are taken from the
// parameter itself, which has no shadow, and only then rounded to the type of activations: half of MiniLM's
// parameters are its word table.
class Embedding : public Module {
 public:
  Embedding(Module& parent, const std::string& name, int64_t entries, int64_t columns,
            Initialiser initialiser, int64_t padding_index = -1);
  Var operator()(const Tensor& ids) const;

  int64_t padding;
  Parameter& weight;  // [entries, columns]
};

}  // namespace hone
