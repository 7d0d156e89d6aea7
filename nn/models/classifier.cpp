#include "nn/models/classifier.h"

#include "autograd/ops/dropout.h"
#include "autograd/ops/elementwise.h"

namespace hone {
namespace {

constexpr uint32_t kClassifierSite = 0xFFFF;  // after all layers' sites

}  // namespace

SequenceClassifier::SequenceClassifier(EncoderConfig model_config, Dtype type)
    : Module(type),
      config_(std::move(model_config)),
      encoder(*this, "encoder", config_, random_),
      pooler(*this, "pooler", config_.hidden_size, config_.hidden_size, config_.initializer_range),
      classifier(*this, "classifier", config_.hidden_size, static_cast<int64_t>(config_.labels.size()),
                 config_.initializer_range) {}

Var SequenceClassifier::operator()(const PackedBatch& batch) const {
  const Var first = pooler(encoder(batch, EncoderRows::first));
  Var pooled = config_.type == ModelType::bert ? tanh(first) : relu(first);
  if (training() && config_.classifier_dropout > 0) {
    const SeqLens rows = SeqLens::ones(batch.sequences());
    pooled = dropout(pooled, random_.at(config_.classifier_dropout, kClassifierSite, rows));
  }
  return classifier(pooled);
}

}  // namespace hone
