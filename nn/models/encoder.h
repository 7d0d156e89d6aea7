#pragma once

#include <functional>
#include <memory>
#include <vector>

#include <hone/core/dropout.h>
#include <hone/core/packed_batch.h>
#include <hone/nn/layers.h>
#include <hone/nn/models/config.h>

namespace hone {

// The rows of the last layer that an encoder returns: all, or the first of each sequence, which saves almost
// the whole last layer.
enum class EncoderRows { all, first };

// One layer of a post-norm transformer encoder (Vaswani et al. 2017; Devlin et al. 2018):
//   a = LN(x + dropout(W_o attention(x))),  y = LN(a + dropout(W_2 act(W_1 a)))
// DistilBERT has no dropout after W_o.
class EncoderLayer : public Module {
 public:
  EncoderLayer(Module& parent, const std::string& name, const EncoderConfig& config, int64_t index,
               const DropoutState& random);
  // The layer on all tokens: x [tokens, hidden] to [tokens, hidden].
  Var all_rows(const Var& x, const SeqLens& lens) const;
  // The layer's output for the first token of each sequence alone: [sequences, hidden]. `firsts` [sequences]
  // i32 are their rows in x; keys and values come from all tokens.
  Var first_rows(const Var& x, const SeqLens& lens, const Tensor& firsts) const;

  Linear qkv;  // queries, keys and values side by side: [3 hidden, hidden]
  Linear attention_out;
  LayerNorm attention_norm;
  Linear up, down;
  LayerNorm output_norm;

 private:
  DropoutMask dropout(double p, uint32_t which, const SeqLens& rows) const;
  Var after_attention(const Var& context, const Var& x, const SeqLens& rows) const;

  EncoderConfig config_;
  int64_t index_;
  const DropoutState& random_;
};

// BERT's or DistilBERT's encoder on a packed batch.
class Encoder : public Module {
 public:
  // An encoder that computes in `compute_dtype`: f32 or, with f32 parameters and bf16 shadows of the
  // matrices, bf16. `random` must outlive it.
  Encoder(Module& parent, const std::string& name, const EncoderConfig& config, const DropoutState& random,
          Dtype compute_dtype);
  // The last hidden states: [tokens, hidden], or with EncoderRows::first [sequences, hidden]; every sequence
  // must have a token.
  Var operator()(const PackedBatch& batch, EncoderRows rows) const;
  // Turns recomputation on or off: in training, each layer is computed a second time in the backward pass,
  // and its saved tensors are not kept. The same bits, less memory, a third more time.
  void set_recompute(bool on) { recompute_ = on; }
  bool recomputes() const { return recompute_; }

  Embedding word, position;
  std::unique_ptr<Embedding> type;  // null for DistilBERT
  LayerNorm norm;
  std::vector<std::unique_ptr<EncoderLayer>> layers;

 private:
  Var embed(const PackedBatch& batch) const;
  Var through(const EncoderLayer& layer, const Var& x, const std::function<Var(const Var&)>& rows) const;

  EncoderConfig config_;
  const DropoutState& random_;
  bool recompute_ = false;
};

}  // namespace hone
