#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hone {

enum class ModelType { bert, distilbert };
const char* name_of(ModelType type);  // "bert", "distilbert"

// The contents of a config.json, checked: heads divide hidden_size, every size is positive, every probability
// lies in [0, 1), the labels are complete. A default-constructed config is bert-base-uncased's;
// default_config gives the defaults of either type.
struct EncoderConfig {
  ModelType type = ModelType::bert;
  int64_t vocab_size = 30522;
  int64_t hidden_size = 768;
  int64_t layers = 12;
  int64_t heads = 12;
  int64_t intermediate_size = 3072;
  int64_t max_positions = 512;
  int64_t type_vocab_size = 2;  // 0 for DistilBERT, which has no token types
  int64_t pad_token_id = 0;
  std::string hidden_act = "gelu";  // gelu (exact; also gelu_python), gelu_new (tanh form) or relu
  double hidden_dropout = 0.1;
  double attention_dropout = 0.1;
  double classifier_dropout = 0.1;
  double layer_norm_eps = 1e-12;
  double initializer_range = 0.02;
  bool sinusoidal_positions = false;  // DistilBERT: the position table is fixed
  std::vector<std::string> labels = {"LABEL_0", "LABEL_1"};
  std::string architecture = {};  // transformers' class that the weights were saved from; may be empty
  std::vector<std::string> warnings = {};  // a line for each oddity of the file
};
EncoderConfig default_config(ModelType type);

// The number of values in the tensors of the encoder alone, without pooler and heads. A file of weights with
// fewer values cannot belong to this config, which is to be checked before parameters are allocated.
uint64_t encoder_parameters(const EncoderConfig& config);

// The keys of a config.json that only describe a classification head (problem_type, num_labels, id2label and
// label2id) are used, or, for a head that is made anew, not looked at: the labels are then LABEL_0 and
// LABEL_1.
enum class ConfigHead { used, ignored };

// Reads config.json as transformers writes it; unknown keys are ignored. `unnamed` is the type of a model
// whose config names none, as in 2019. Throws ModelError that names `file_name`, the key and its value for
// everything that hone does not support or that is not consistent.
EncoderConfig parse_config(std::string_view json, const std::string& file_name,
                           ConfigHead head = ConfigHead::used, std::optional<ModelType> unnamed = {});

// Reads a model folder's config.json. Where it names no type, the names of the folder's tensors tell it.
EncoderConfig read_config(const std::filesystem::path& folder, ConfigHead head = ConfigHead::used);

}  // namespace hone
