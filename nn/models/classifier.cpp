#include <hone/nn/models/classifier.h>

#include <hone/autograd/ops/dropout.h>
#include <hone/autograd/ops/elementwise.h>
#include <hone/autograd/ops/shape.h>

namespace hone {
namespace {

constexpr uint32_t kClassifierSite = 0xFFFF;  // larger than any layer's site

}  // namespace

SequenceClassifier::SequenceClassifier(EncoderConfig model_config, Dtype dtype)
    : SequenceClassifier(std::move(model_config), dtype, dtype) {}

SequenceClassifier::SequenceClassifier(EncoderConfig model_config, Dtype dtype, Dtype compute_dtype)
    : Module(dtype),
      config_(std::move(model_config)),
      random_(dropout_state()),
      encoder(*this, "encoder", config_, random_, compute_dtype),
      pooler(*this, "pooler", config_.hidden_size, config_.hidden_size, config_.initializer_range),
      classifier(*this, "classifier", config_.hidden_size, static_cast<int64_t>(config_.labels.size()),
                 config_.initializer_range) {}

Var SequenceClassifier::operator()(const PackedBatch& batch) const {
  const Var first = pooler(cast(encoder(batch, EncoderRows::first), dtype()));
  Var pooled = config_.type == ModelType::bert ? tanh(first) : relu(first);
  if (training() && config_.classifier_dropout > 0)
    pooled = dropout(pooled, random_.at(config_.classifier_dropout, kClassifierSite, batch.lens.singles()));
  return classifier(pooled);
}

}  // namespace hone
