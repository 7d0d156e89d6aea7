#include "nn/models/config_writer.h"

#include "data/json/json_writer.h"
#include "nn/models/config_labels.h"

namespace hone {
namespace {

void write_bert(JsonWriter& json, const EncoderConfig& config) {
  json.field("hidden_size", config.hidden_size)
      .field("num_hidden_layers", config.layers)
      .field("num_attention_heads", config.heads)
      .field("intermediate_size", config.intermediate_size)
      .field("hidden_act", config.hidden_act)
      .field("hidden_dropout_prob", config.hidden_dropout)
      .field("attention_probs_dropout_prob", config.attention_dropout)
      .field("classifier_dropout", config.classifier_dropout)
      .field("type_vocab_size", config.type_vocab_size)
      .field("layer_norm_eps", config.layer_norm_eps);
}

void write_distilbert(JsonWriter& json, const EncoderConfig& config) {
  json.field("dim", config.hidden_size)
      .field("n_layers", config.layers)
      .field("n_heads", config.heads)
      .field("hidden_dim", config.intermediate_size)
      .field("activation", config.hidden_act)
      .field("dropout", config.hidden_dropout)
      .field("attention_dropout", config.attention_dropout)
      .field("seq_classif_dropout", config.classifier_dropout)
      .field("sinusoidal_pos_embds", config.sinusoidal_positions);
}

}  // namespace

std::string write_config(const EncoderConfig& config) {
  const bool bert = config.type == ModelType::bert;
  JsonWriter json(JsonWriter::Style::indented);
  json.begin_object().field("model_type", name_of(config.type)).key("architectures").begin_array();
  json.value(bert ? "BertForSequenceClassification" : "DistilBertForSequenceClassification").end_array();
  json.field("vocab_size", config.vocab_size);
  bert ? write_bert(json, config) : write_distilbert(json, config);
  json.field("max_position_embeddings", config.max_positions)
      .field("initializer_range", config.initializer_range)
      .field("pad_token_id", config.pad_token_id)
      .field("problem_type", kProblemType);
  json.key("id2label").begin_object();
  for (size_t i = 0; i < config.labels.size(); ++i) json.field(std::to_string(i), config.labels[i]);
  json.end_object().key("label2id").begin_object();
  for (size_t i = 0; i < config.labels.size(); ++i) json.field(config.labels[i], i);
  return json.end_object().end_object().str() + "\n";
}

}  // namespace hone
