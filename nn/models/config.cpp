#include <hone/nn/models/config.h>

#include <fmt/core.h>

#include <charconv>

#include <hone/core/error.h>
#include "core/quote.h"
#include "data/files/files.h"
#include "data/hub/weight_files.h"
#include "data/json/json.h"
#include "nn/models/config_labels.h"
#include "nn/models/weight_names.h"

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

// The member, where there is one that is not null: null stands for the default.
const Json* given(const Json& json, const char* key) {
  const Json* value = json.find(key);
  return value == nullptr || value->is_null() ? nullptr : value;
}

double number_at(const Json& json, const char* key, double otherwise) {
  const Json* value = given(json, key);
  return value == nullptr ? otherwise : value->as_number(json.where(key));
}

double probability_at(const Json& json, const char* key, double otherwise) {
  const double value = number_at(json, key, otherwise);
  if (!(value >= 0 && value < 1))
    refuse(json, key, "is " + number_text(value) + ", expected a number in [0, 1)");
  return value;
}

double non_negative_at(const Json& json, const char* key, double otherwise) {
  const double value = number_at(json, key, otherwise);
  if (value < 0) refuse(json, key, "is " + number_text(value) + ", expected 0 or more");
  return value;
}

bool true_at(const Json& json, const char* key) {
  const Json* value = given(json, key);
  return value != nullptr && value->as_bool(json.where(key));
}

// The names that one function has in transformers, which differ by rounding.
constexpr const char* kTanhGelus[] = {"gelu_new", "gelu_fast", "gelu_accurate", "gelu_pytorch_tanh",
                                      "gelu_python_tanh"};

std::string activation_at(const Json& json, const char* key) {
  const Json* given_value = given(json, key);
  std::string value = given_value == nullptr ? "gelu" : given_value->as_string(json.where(key));
  if (value == "gelu" || value == "gelu_python") return "gelu";
  for (const char* name : kTanhGelus)
    if (value == name) return "gelu_new";
  if (value == "relu") return value;
  refuse(json, key,
         "is " + shown(value) +
             ", supported are gelu (also gelu_python), gelu_new (also gelu_fast, gelu_accurate, "
             "gelu_pytorch_tanh, "
             "gelu_python_tanh) and relu");
}

ModelType type_at(const Json& json, std::optional<ModelType> unnamed) {
  if (unnamed && given(json, "model_type") == nullptr) return *unnamed;
  if (json.find("model_type") == nullptr) {
    refuse(json, "model_type",
           "is missing, and the names of the tensors do not tell it: they begin neither with bert. nor with "
           "distilbert.; if the model is one of these, add the line \"model_type\": \"bert\", or "
           "\"model_type\": \"distilbert\",");
  }
  const std::string value = json.at("model_type").as_string(json.where("model_type"));
  if (value == "bert") return ModelType::bert;
  if (value == "distilbert") return ModelType::distilbert;
  refuse(json, "model_type", "is " + shown(value) + ", supported are bert and distilbert");
}

void refuse_if_true(const Json& json, const char* key) {
  if (true_at(json, key)) refuse(json, key, "is true: decoders are not supported");
}

// Throws for features that change the model's results and that hone lacks.
void refuse_unsupported(const Json& json) {
  if (const Json* position = given(json, "position_embedding_type")) {
    const std::string value = position->as_string(json.where("position_embedding_type"));
    if (value != "absolute")
      refuse(json, "position_embedding_type", "is " + shown(value) + ", supported is absolute");
  }
  refuse_if_true(json, "is_decoder");
  refuse_if_true(json, "add_cross_attention");
  if (const Json* heads = given(json, "pruned_heads")) {
    const bool empty = (heads->is_object() && heads->as_object("").empty()) ||
                       (heads->is_array() && heads->as_array("").empty());
    if (!empty) refuse(json, "pruned_heads", "is not empty: pruned models are not supported");
  }
  if (given(json, "quantization_config") != nullptr) {
    refuse(json, "quantization_config", "is set: quantized models are not supported");
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
  config.classifier_dropout = probability_at(json, "classifier_dropout", config.hidden_dropout);
  config.layer_norm_eps = non_negative_at(json, "layer_norm_eps", config.layer_norm_eps);
}

// A size that DistilBERT has under a name of its own, or under BERT's, as transformers reads it too.
int64_t size_of_two(const Json& json, const char* key, const char* other, int64_t otherwise) {
  if (json.find(other) == nullptr) return size_at(json, key, otherwise);
  const int64_t size = size_at(json, other, otherwise);
  if (size_at(json, key, size) != size) refuse(json, key, std::string("is not the same as ") + other);
  return size;
}

void read_distilbert(const Json& json, EncoderConfig& config) {
  config.hidden_size = size_of_two(json, "dim", "hidden_size", config.hidden_size);
  config.layers = size_of_two(json, "n_layers", "num_hidden_layers", config.layers);
  config.heads = size_of_two(json, "n_heads", "num_attention_heads", config.heads);
  config.intermediate_size = size_at(json, "hidden_dim", config.intermediate_size);
  config.hidden_act = activation_at(json, "activation");
  config.hidden_dropout = probability_at(json, "dropout", config.hidden_dropout);
  config.attention_dropout = probability_at(json, "attention_dropout", config.attention_dropout);
  config.classifier_dropout = probability_at(json, "seq_classif_dropout", config.classifier_dropout);
  config.sinusoidal_positions = true_at(json, "sinusoidal_pos_embds");
}

// A number below 0 counts from the end, as in PyTorch's Embedding. The row it names gets no gradient.
void read_pad_token(const Json& json, EncoderConfig& config) {
  if (given(json, "pad_token_id") == nullptr) return;
  const int64_t id = json.get_int("pad_token_id", 0);
  config.pad_token_id = id < 0 && id >= -config.vocab_size ? config.vocab_size + id : id;
  if (config.pad_token_id == id) return;
  config.warnings.push_back(fmt::format("{} is {}: taken as {}, counted from the end of the vocabulary",
                                        json.where("pad_token_id"), id, config.pad_token_id));
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

// The first of "architectures", which only tells which head the weights have.
std::string architecture_at(const Json& json) {
  const Json* names = json.find("architectures");
  if (names == nullptr || !names->is_array() || names->as_array("").empty()) return "";
  const Json& first = names->as_array("").front();
  return first.is_string() ? first.as_string("") : "";
}

bool names_type(std::string_view text, const std::string& file_name) {
  const Json json = parse_json(text, file_name);
  return !json.is_object() || given(json, "model_type") != nullptr;
}

// The type that the names of a folder's tensors tell; nothing without weights that can be opened.
std::optional<ModelType> type_by_tensors(const std::filesystem::path& folder) {
  try {
    return type_of_names(WeightFiles::open(folder).names());
  } catch (const ModelError&) {
    return std::nullopt;  // whoever needs the weights will say what is wrong with them
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

EncoderConfig parse_config(std::string_view text, const std::string& file_name, ConfigHead head,
                           std::optional<ModelType> unnamed) {
  const Json json = parse_json(text, file_name);
  if (!json.is_object()) throw ModelError(file_name + ": expected an object, found " + json.type_name());
  EncoderConfig config = default_config(type_at(json, unnamed));
  refuse_unsupported(json);
  config.vocab_size = size_at(json, "vocab_size", config.vocab_size);
  config.max_positions = size_at(json, "max_position_embeddings", config.max_positions);
  read_pad_token(json, config);
  config.initializer_range = non_negative_at(json, "initializer_range", config.initializer_range);
  config.type == ModelType::bert ? read_bert(json, config) : read_distilbert(json, config);
  config.architecture = architecture_at(json);
  if (head == ConfigHead::used) config.labels = read_labels(json, config.warnings);
  check_consistency(json, config);
  return config;
}

EncoderConfig read_config(const std::filesystem::path& folder, ConfigHead head) {
  const auto path = folder / "config.json";
  const std::string text = read_file_or<ModelError>(path, kMaxConfigBytes);
  if (names_type(text, path.string())) return parse_config(text, path.string(), head);
  const std::optional<ModelType> type = type_by_tensors(folder);
  EncoderConfig config = parse_config(text, path.string(), head, type);
  if (type) {
    config.warnings.push_back(
        fmt::format("{}: no model_type: taken as {}, which the tensors' names begin with", path.string(),
                    name_of(*type)));
  }
  return config;
}

}  // namespace hone
