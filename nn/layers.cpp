#include <hone/nn/layers.h>

#include <hone/autograd/ops/dropout.h>
#include <hone/autograd/ops/embedding.h>
#include <hone/autograd/ops/layer_norm.h>
#include <hone/autograd/ops/matmul.h>
#include <hone/core/error.h>

namespace hone {

Linear::Linear(Module& parent, const std::string& name, int64_t in, int64_t out, double std)
    : Module(parent, name),
      weight(add_parameter("weight", {out, in}, Initialiser::normal(std), ParameterKind::matrix)),
      bias(add_parameter("bias", {out}, Initialiser::zeros(), ParameterKind::vector)) {}

Var Linear::operator()(const Var& x) const { return linear(x, weight.var(), bias.var()); }

Var Linear::outputs(const Var& x, int64_t begin, int64_t end) const {
  return linear(x, weight.var().rows(begin, end), bias.var().rows(begin, end));
}

LayerNorm::LayerNorm(Module& parent, const std::string& name, int64_t columns, double epsilon)
    : Module(parent, name),
      eps(epsilon),
      weight(add_parameter("weight", {columns}, Initialiser::ones(), ParameterKind::vector)),
      bias(add_parameter("bias", {columns}, Initialiser::zeros(), ParameterKind::vector)) {}

Var LayerNorm::operator()(const Var& x) const { return layer_norm(x, weight.var(), bias.var(), eps); }

Embedding::Embedding(Module& parent, const std::string& name, int64_t entries, int64_t columns,
                     Initialiser initialiser, int64_t padding_index)
    : Module(parent, name),
      padding(padding_index),
      weight(add_parameter("weight", {entries, columns}, initialiser, ParameterKind::table)) {}

Var Embedding::operator()(const Tensor& ids) const {
  return embedding_sum({weight.var()}, {ids}, padding, compute_dtype());
}

Dropout::Dropout(Module& parent, const std::string& name, double probability)
    : Module(parent, name), p(probability), random_(dropout_state()), site_(random_.new_site()) {
  if (!(p >= 0 && p < 1)) throw Error("dropout: p is " + std::to_string(p) + ", expected 0 <= p < 1");
}

Var Dropout::operator()(const Var& x) const {
  if (!training() || p == 0) return x;
  const auto [entry, fresh] = ones_.try_emplace(x.shape().rows());
  if (fresh) entry->second = SeqLens::ones(entry->first);
  return (*this)(x, entry->second);
}

Var Dropout::operator()(const Var& x, const SeqLens& lens) const {
  if (!training() || p == 0) return x;
  random_.advance();
  return dropout(x, random_.at(p, site_, lens));
}

}  // namespace hone
