#pragma once

#include <cmath>

#include "nn/models/weights.h"

namespace hone {

// The model of the contract's graph vector: tensor k of the state dict, element i = 0.5 sin(1 + k + 0.7 i),
// plus 1 for the weights of LayerNorm; no dropout.
inline EncoderConfig vector_config(ModelType type) {
  EncoderConfig config;
  config.type = type;
  config.vocab_size = 11;
  config.hidden_size = 8;
  config.layers = 2;
  config.heads = 2;
  config.intermediate_size = 16;
  config.max_positions = 8;
  config.type_vocab_size = type == ModelType::bert ? 2 : 0;
  config.hidden_dropout = config.attention_dropout = config.classifier_dropout = 0;
  return config;
}

inline void fill_vector_weights(SequenceClassifier& model) {
  const std::vector<HubTensor> tensors = hub_tensors(model);
  for (const HubTensor& tensor : tensors) tensor.parameter->allocate();
  for (size_t k = 0; k < tensors.size(); ++k) {
    const Tensor value = tensors[k].value();
    const std::string& name = tensors[k].name;
    const bool norm = name.ends_with("LayerNorm.weight") || name.ends_with("layer_norm.weight");
    for (int64_t i = 0; i < value.elements(); ++i) {
      const double x =
          0.5 * std::sin(1 + static_cast<double>(k) + 0.7 * static_cast<double>(i)) + (norm ? 1 : 0);
      if (value.dtype() == Dtype::f64) value.data<double>()[i] = x;
      if (value.dtype() == Dtype::f32) value.data<float>()[i] = static_cast<float>(x);
    }
  }
}

// The batch of the contract's graph vector: ids [2 5 7 3] [2 9 4 8 6 3], labels 0 and 1; token types 0 or,
// with `types`, 0 0 1 1 and 0 0 0 1 1 1.
inline PackedBatch vector_batch(bool types) {
  const auto ints = [](const std::vector<int32_t>& v) {
    return Tensor::from(v, {static_cast<int64_t>(v.size())});
  };
  PackedBatch batch;
  batch.ids = ints({2, 5, 7, 3, 2, 9, 4, 8, 6, 3});
  batch.positions = ints({0, 1, 2, 3, 0, 1, 2, 3, 4, 5});
  batch.types = types ? ints({0, 0, 1, 1, 0, 0, 0, 1, 1, 1}) : Tensor::zeros({10}, Dtype::i32);
  batch.labels = ints({0, 1});
  batch.lens = SeqLens({4, 6});
  return batch;
}

}  // namespace hone
