#pragma once

#include <hone/nn/models/encoder.h>

namespace hone {

// An encoder with the head of transformers' {Bert,DistilBert}ForSequenceClassification on each sequence's
// first token:
//   BERT        classifier(dropout(tanh(pooler(h))))
//   DistilBERT  classifier(dropout(relu(pre_classifier(h))))
class SequenceClassifier : public Module {
 public:
  // Parameters are of type `dtype`. With compute_dtype bf16 the encoder computes in bf16, the head still in
  // f32.
  explicit SequenceClassifier(EncoderConfig model_config, Dtype dtype = Dtype::f32);
  SequenceClassifier(EncoderConfig model_config, Dtype dtype, Dtype compute_dtype);

  // The logits [sequences, labels].
  Var operator()(const PackedBatch& batch) const;

  // The device that the model computes on, where its batches must be.
  Device device() const { return classifier.weight.value().device(); }

  const EncoderConfig& config() const { return config_; }
  // Gives the labels other names, as many as before.
  void name_labels(std::vector<std::string> names) { config_.labels = std::move(names); }

 private:
  EncoderConfig config_;
  const DropoutState& random_;

 public:
  Encoder encoder;
  Linear pooler, classifier;
};

}  // namespace hone
