#pragma once

#include <map>

#include <hone/core/packed_batch.h>
#include <hone/nn/module.h>

namespace hone {

// A linear layer, x weight^T + bias: [rows, in] to [rows, out]. The weight begins as normal(0, std), the bias
// as 0.
class Linear : public Module {
 public:
  Linear(Module& parent, const std::string& name, int64_t in, int64_t out, double std = 0.02);
  Var operator()(const Var& x) const;
  // Columns [begin, end) of the result alone: [rows, end - begin].
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

// A table with a row for each id: ids [n] i32 to [n, columns]. The padding row (if any) gets no gradient.
// Rows are read from the parameter itself, which has no shadow, and only then rounded to the activations'
// type: half of MiniLM's parameters are its word table.
class Embedding : public Module {
 public:
  Embedding(Module& parent, const std::string& name, int64_t entries, int64_t columns,
            Initialiser initialiser, int64_t padding_index = -1);
  Var operator()(const Tensor& ids) const;

  int64_t padding;
  Parameter& weight;  // [entries, columns]
};

// Dropout (Srivastava et al. 2014): in training mode sets elements of x [rows, columns] to 0 with probability
// p and scales the others by 1 / (1 - p); in evaluation mode it is x. The random numbers are those of the
// root's dropout_state(): a Trainer counts them by seed, step and row, else every call has its own.
class Dropout : public Module {
 public:
  // Throws Error unless 0 <= p < 1.
  Dropout(Module& parent, const std::string& name, double p);
  // Every row is a sequence of its own, or a token of a packed batch's sequences.
  Var operator()(const Var& x) const;
  Var operator()(const Var& x, const SeqLens& lens) const;

  double p;

 private:
  DropoutState& random_;
  uint32_t site_;
  mutable std::map<int64_t, SeqLens> ones_;  // by their number; kept for recorded steps
};

}  // namespace hone
