#include <hone/nn/models/encoder.h>

#include <fmt/core.h>

#include <hone/autograd/ops/attention.h>
#include <hone/autograd/ops/dropout.h>
#include <hone/autograd/ops/embedding.h>
#include <hone/autograd/ops/layer_norm.h>
#include <hone/autograd/ops/matmul.h>
#include <hone/autograd/ops/recompute.h>
#include <hone/core/error.h>
#include "autograd/ops/feed_forward.h"
#include "core/kernels/unary_functions.h"

namespace hone {
namespace {

// The numbers of the dropout sites: the embeddings have 0, layer i has 1 + 3 i and the two after it.
constexpr uint32_t kEmbeddingSite = 0;
constexpr uint32_t kAttention = 1, kAttentionOut = 2, kOutput = 3;

Tensor first_of_each(const SeqLens& lens, Device device) {
  for (int64_t s = 0; s < lens.count(); ++s) {
    if (lens.length(s) == 0) throw Error(fmt::format("encoder: sequence {} has no tokens", s));
  }
  return lens.offsets(device).slice(0, lens.count());
}

UnaryKind activation_of(const EncoderConfig& config) {
  if (config.hidden_act == "gelu") return UnaryKind::gelu;
  if (config.hidden_act == "gelu_new") return UnaryKind::gelu_tanh;
  if (config.hidden_act == "relu") return UnaryKind::relu;
  throw ModelError("config: activation " + config.hidden_act + " is not supported");
}

}  // namespace

EncoderLayer::EncoderLayer(Module& parent, const std::string& name, const EncoderConfig& config,
                           int64_t index, const DropoutState& random)
    : Module(parent, name),
      qkv(*this, "attention.qkv", config.hidden_size, 3 * config.hidden_size, config.initializer_range),
      attention_out(*this, "attention.out", config.hidden_size, config.hidden_size, config.initializer_range),
      attention_norm(*this, "attention.norm", config.hidden_size, config.layer_norm_eps),
      up(*this, "up", config.hidden_size, config.intermediate_size, config.initializer_range),
      down(*this, "down", config.intermediate_size, config.hidden_size, config.initializer_range),
      output_norm(*this, "norm", config.hidden_size, config.layer_norm_eps),
      config_(config),
      index_(index),
      random_(random) {}

DropoutMask EncoderLayer::dropout(double p, uint32_t which, const SeqLens& rows) const {
  return training() && p > 0 ? random_.at(p, static_cast<uint32_t>(3 * index_) + which, rows) : DropoutMask{};
}

Var EncoderLayer::after_attention(const Var& context, const Var& x, const SeqLens& rows) const {
  const double p = config_.type == ModelType::bert ? config_.hidden_dropout : 0;
  const Var c = linear(context, attention_out.weight.var(), {});
  const Var a = dropout_residual_layer_norm(c, attention_out.bias.var(), x, attention_norm.weight.var(),
                                            attention_norm.bias.var(), attention_norm.eps,
                                            dropout(p, kAttentionOut, rows));
  const Var f = feed_forward(activation_of(config_), a, up.weight.var(), up.bias.var(), down.weight.var());
  return dropout_residual_layer_norm(f, down.bias.var(), a, output_norm.weight.var(), output_norm.bias.var(),
                                     output_norm.eps, dropout(config_.hidden_dropout, kOutput, rows));
}

Var EncoderLayer::all_rows(const Var& x, const SeqLens& lens) const {
  const DropoutMask drop = dropout(config_.attention_dropout, kAttention, lens);
  return after_attention(self_attention(qkv(x), lens, config_.heads, drop), x, lens);
}

Var EncoderLayer::first_rows(const Var& x, const SeqLens& lens, const Tensor& firsts) const {
  const int64_t hidden = config_.hidden_size;
  const SeqLens& ones = lens.singles();
  const Var chosen = embedding(x, firsts);
  const Var q = qkv.outputs(chosen, 0, hidden), kv = qkv.outputs(x, hidden, 3 * hidden);
  const DropoutMask drop = dropout(config_.attention_dropout, kAttention, ones);
  return after_attention(cross_attention(q, kv, ones, lens, config_.heads, drop), chosen, ones);
}

Encoder::Encoder(Module& parent, const std::string& name, const EncoderConfig& config,
                 const DropoutState& random, Dtype compute_dtype)
    : Module(parent, name, compute_dtype),
      word(*this, "word", config.vocab_size, config.hidden_size,
           Initialiser::normal(config.initializer_range, config.pad_token_id), config.pad_token_id),
      position(*this, "position", config.max_positions, config.hidden_size,
               config.sinusoidal_positions ? Initialiser::sinusoidal()
                                           : Initialiser::normal(config.initializer_range)),
      type(config.type_vocab_size > 0
               ? std::make_unique<Embedding>(*this, "type", config.type_vocab_size, config.hidden_size,
                                             Initialiser::normal(config.initializer_range))
               : nullptr),
      norm(*this, "norm", config.hidden_size, config.layer_norm_eps),
      config_(config),
      random_(random) {
  for (int64_t i = 0; i < config.layers; ++i) {
    layers.push_back(std::make_unique<EncoderLayer>(*this, fmt::format("layer.{}", i), config, i, random));
  }
  position.weight.set_requires_grad(!config.sinusoidal_positions);
}

Var Encoder::embed(const PackedBatch& batch) const {
  std::vector<Var> tables{word.weight.var(), position.weight.var()};
  std::vector<Tensor> indices{batch.ids, batch.positions};
  if (type) {
    tables.push_back(type->weight.var());
    indices.push_back(batch.types);
  }
  Var x = norm(embedding_sum(tables, indices, word.padding, compute_dtype()));
  if (!training() || config_.hidden_dropout == 0) return x;
  return dropout(x, random_.at(config_.hidden_dropout, kEmbeddingSite, batch.lens));
}

Var Encoder::through(const EncoderLayer& layer, const Var& x,
                     const std::function<Var(const Var&)>& rows) const {
  if (!recompute_ || !grad_enabled()) return rows(x);
  std::vector<Var> parameters;
  for (const NamedParameter& named : layer.parameters()) parameters.push_back(named.parameter->var());
  return recompute(rows, x, std::move(parameters));
}

Var Encoder::operator()(const PackedBatch& batch, EncoderRows rows) const {
  Var x = embed(batch);
  const size_t whole = rows == EncoderRows::all ? layers.size() : layers.size() - 1;
  for (size_t i = 0; i < whole; ++i) {
    const EncoderLayer& layer = *layers[i];
    x = through(layer, x, [&layer, lens = batch.lens](const Var& v) { return layer.all_rows(v, lens); });
  }
  if (rows == EncoderRows::all) return x;
  const EncoderLayer& last = *layers.back();
  const Tensor firsts = first_of_each(batch.lens, batch.device());
  return through(
      last, x, [&last, lens = batch.lens, firsts](const Var& v) { return last.first_rows(v, lens, firsts); });
}

}  // namespace hone
