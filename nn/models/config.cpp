#include <hone/nn/models/config.h>

#include <charconv>

#include <hone/core/error.h>
#include "core/quote.h"
#include "data/files/files.h"
#include "data/json/json.h"
#include "nn/models/config_labels.h"

namespace hone {
namespace {

constexpr uint64_t kMaxConfigBytes = 16 << 20;

[[noreturn]] void refuse(const Json& json, const char* key, const std::string& problem) {
  throw ModelError(json.where(key) + " " + problem);
}

int64_t size_at(const Json& json, const char* key, int64_t otherwise) {
  constexpr int64_t kLargest = (int64_t{1} << 31) - 1;  // ids and row numbers are 32 bits wide
  const int64_t value = json.get_int(key, otherwise);
  if (value < 1 || value > kLargest) {
    refuse(json, key, "is " + std::to_string(value) + ", expected 1 to " + std::to_string(kLargest));
  }
  return value;
}

// A number as messages print it: 0.1 and not 0.100000.
std::string number_text(double value) {
  char buffer[32];
  return std::string(buffer, std::to_chars(buffer, buffer + sizeof buffer, value).ptr);
}

double probability_at(const Json& json, const char* key, double otherwise) {
  const double value = json.get_number(key, otherwise);
  if (!(value >= 0 && value < 1))
    refuse(json, key, "is " + number_text(value) + ", expected a number in [0, 1)");
  return value;
}

double non_negative_at(const Json& json, const char* key, double otherwise) {
  const double value = json.get_number(key, otherwise);
  if (value < 0) refuse(json, key, "is " + number_text(value) + ", expected 0 or more");
  return value;
}

std::string activation_at(const Json& json, const char* key) {
  const std::string value = json.get_string(key, "gelu");
  if (value == "gelu" || value == "gelu_new" || value == "relu") return value;
  refuse(json, key, "is " + shown(value) + ", supported are gelu, gelu_new and relu");
}

ModelType type_at(const Json& json) {
  const std::string value = json.at("model_type").as_string(json.where("model_type"));
  if (value == "bert") return ModelType::bert;
  if (value == "distilbert") return ModelType::distilbert;
  refuse(json, "model_type", "is " + shown(value) + ", supported are bert and distilbert");
}

void refuse_if_true(const Json& json, const char* key) {
  if (json.get_bool(key, false)) refuse(json, key, "is true: decoders are not supported");
}

// Throws for features that change the model's results and that hone lacks.
void refuse_unsupported(const Json& json) {
  if (json.find("position_embedding_type") != nullptr) {
    const std::string value = json.get_string("position_embedding_type", "");
    if (value != "absolute")
      refuse(json, "position_embedding_type", "is " + shown(value) + ", supported is absolute");
  }
  refuse_if_true(json, "is_decoder");
  refuse_if_true(json, "add_cross_attention");
  if (const Json* heads = json.find("pruned_heads"); heads != nullptr && !heads->is_null()) {
    const bool empty = heads->is_object() && heads->as_object("").empty();
    if (!empty) refuse(json, "pruned_heads", "is not empty: pruned models are not supported");
  }
  if (const Json* quantization = json.find("quantization_config");
      quantization != nullptr && !quantization->is_null()) {
    refuse(json, "quantization_config", "is set: quantized models are not supported");
  }
  if (const Json* problem = json.find("problem_type"); problem != nullptr && !problem->is_null()) {
    const std::string value = problem->as_string(json.where("problem_type"));
    if (value != kProblemType)
      refuse(json, "problem_type", "is " + shown(value) + ", supported is " + kProblemType);
  }
}

void read_bert(const Json& json, EncoderConfig& config) {
  config.hidden_size = size_at(json, "hidden_size", config.hidden_size);
  config.layers = size_at(json, "num_hidden_layers", config.layers);
  config.heads = size_at(json, "num_attention_heads", config.heads);
  config.intermediate_size = size_at(json, "intermediate_size", config.intermediate_size);
  config.type_vocab_size = size_at(json, "type_vocab_size", config.type_vocab_size);
  config.hidden_act = activation_at(json, "hidden_act");
  config.hidden_dropout = probability_at(json, "hidden_dropout_prob", config.hidden_dropout);
  config.attention_dropout = probability_at(json, "attention_probs_dropout_prob", config.attention_dropout);
  const Json* classifier = json.find("classifier_dropout");
  const bool given = classifier != nullptr && !classifier->is_null();
  config.classifier_dropout = given ? probability_at(json, "classifier_dropout", 0) : config.hidden_dropout;
  config.layer_norm_eps = non_negative_at(json, "layer_norm_eps", config.layer_norm_eps);
}

void read_distilbert(const Json& json, EncoderConfig& config) {
  config.hidden_size = size_at(json, "dim", config.hidden_size);
  config.layers = size_at(json, "n_layers", config.layers);
  config.heads = size_at(json, "n_heads", config.heads);
  config.intermediate_size = size_at(json, "hidden_dim", config.intermediate_size);
  config.hidden_act = activation_at(json, "activation");
  config.hidden_dropout = probability_at(json, "dropout", config.hidden_dropout);
  config.attention_dropout = probability_at(json, "attention_dropout", config.attention_dropout);
  config.classifier_dropout = probability_at(json, "seq_classif_dropout", config.classifier_dropout);
  config.sinusoidal_positions = json.get_bool("sinusoidal_pos_embds", false);
}

void check_consistency(const Json& json, const EncoderConfig& config) {
  const bool bert = config.type == ModelType::bert;
  if (config.hidden_size % config.heads != 0) {
    refuse(json, bert ? "hidden_size" : "dim",
           "is " + std::to_string(config.hidden_size) + ", which is not divisible by the " +
               std::to_string(config.heads) + " attention heads");
  }
  if (config.pad_token_id < 0 || config.pad_token_id >= config.vocab_size) {
    refuse(json, "pad_token_id",
           "is " + std::to_string(config.pad_token_id) + ", expected a token below vocab_size " +
               std::to_string(config.vocab_size));
  }
  constexpr int64_t kMaxLayers = 4096;  // a model is built before its weights are read
  if (config.layers > kMaxLayers) {
    refuse(
        json, bert ? "num_hidden_layers" : "n_layers",
        "is " + std::to_string(config.layers) + ", at most " + std::to_string(kMaxLayers) + " are supported");
  }
  constexpr uint64_t kMaxParameters = uint64_t{1} << 36;  // ten times the largest encoder ever published
  if (encoder_parameters(config) > kMaxParameters) {
    refuse(json, bert ? "hidden_size" : "dim",
           "and the other sizes make an encoder of more than 2^36 parameters");
  }
}

// a + b and a * b, saturating at the largest value instead of wrapping around.
uint64_t plus(uint64_t a, uint64_t b) { return __builtin_add_overflow(a, b, &a) ? UINT64_MAX : a; }
uint64_t times(uint64_t a, uint64_t b) { return __builtin_mul_overflow(a, b, &a) ? UINT64_MAX : a; }

}  // namespace

const char* name_of(ModelType type) { return type == ModelType::bert ? "bert" : "distilbert"; }

EncoderConfig default_config(ModelType type) {
  EncoderConfig config;
  if (type == ModelType::distilbert) {
    config.type = type;
    config.layers = 6;
    config.type_vocab_size = 0;
    config.classifier_dropout = 0.2;
  }
  return config;
}

uint64_t encoder_parameters(const EncoderConfig& config) {
  const auto hidden = static_cast<uint64_t>(config.hidden_size);
  const auto inner = static_cast<uint64_t>(config.intermediate_size);
  const auto rows = static_cast<uint64_t>(config.vocab_size + config.max_positions + config.type_vocab_size);
  const uint64_t embeddings = times(plus(rows, 2), hidden);                      // tables and LayerNorm
  const uint64_t attention = plus(times(4, times(hidden, hidden)), 6 * hidden);  // four Linears and LayerNorm
  const uint64_t feed_forward = plus(times(2, times(hidden, inner)), 3 * hidden + inner);
  return plus(embeddings, times(static_cast<uint64_t>(config.layers), plus(attention, feed_forward)));
}

EncoderConfig parse_config(std::string_view text, const std::string& file_name) {
  const Json json = parse_json(text, file_name);
  if (!json.is_object()) throw ModelError(file_name + ": expected an object, found " + json.type_name());
  EncoderConfig config = default_config(type_at(json));
  refuse_unsupported(json);
  config.vocab_size = size_at(json, "vocab_size", config.vocab_size);
  config.max_positions = size_at(json, "max_position_embeddings", config.max_positions);
  config.pad_token_id = json.get_int("pad_token_id", config.pad_token_id);
  config.initializer_range = non_negative_at(json, "initializer_range", config.initializer_range);
  config.type == ModelType::bert ? read_bert(json, config) : read_distilbert(json, config);
  config.labels = read_labels(json);
  check_consistency(json, config);
  return config;
}

EncoderConfig read_config(const std::filesystem::path& folder) {
  const auto path = folder / "config.json";
  return parse_config(read_file_or<ModelError>(path, kMaxConfigBytes), path.string());
}

}  // namespace hone
