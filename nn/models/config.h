#pragma once

#include <cstdint>
#include <filesystem>
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
  std::string hidden_act = "gelu";  // gelu (exact), gelu_new (tanh form) or relu
  double hidden_dropout = 0.1;
  double attention_dropout = 0.1;
  double classifier_dropout = 0.1;
  double layer_norm_eps = 1e-12;
  double initializer_range = 0.02;
  bool sinusoidal_positions = false;  // DistilBERT: the position table is fixed
  std::vector<std::string> labels = {"LABEL_0", "LABEL_1"};
};
EncoderConfig default_config(ModelType type);

// The number of values in the tensors of the encoder alone, without pooler and heads. A file of weights with
// fewer values cannot belong to this config, which is to be checked before parameters are allocated.
uint64_t encoder_parameters(const EncoderConfig& config);

// Reads config.json as transformers writes it; unknown keys are ignored. Throws ModelError that names
// `file_name`, the key and its value for everything that hone does not support or that is not consistent.
EncoderConfig parse_config(std::string_view json, const std::string& file_name);
EncoderConfig read_config(const std::filesystem::path& folder);

}  // namespace hone
