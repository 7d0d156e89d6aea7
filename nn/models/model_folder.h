#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <hone/nn/models/config.h>
#include "data/safetensors/safetensors_writer.h"
#include "data/tokenizer/tokenizer_files.h"

namespace hone {

// The contents of a trained sequence classifier's folder. The tensors' memory must not change during the
// save.
struct SavedModel {
  EncoderConfig config;
  std::vector<TensorData> tensors;            // state-dict names, F32
  std::string vocabulary_bytes;               // vocab.txt, byte for byte
  std::optional<std::string> tokenizer_json;  // copied when the source has one
  bool lower_case = true;                     // the tokenizer's settings
  std::optional<bool> strip_accents;
  bool tokenize_chinese_chars = true;
  int64_t model_max_length = 0;  // in tokens, as in the source; 0: no limit
  bool uses_token_types = true;  // false: all token types are 0, also for pairs
  // Special tokens of which some are found in the normalised text; none: all are found as they are written.
  std::vector<AddedToken> special_tokens = {};
  std::string readme;  // the model card, Markdown
};

// The names of all files that a model folder can hold.
std::span<const std::string_view> model_folder_files();

// Writes a model folder that transformers loads: config.json, model.safetensors, vocab.txt,
// tokenizer_config.json, special_tokens_map.json, README.md and, where given, tokenizer.json. Everything is
// written and flushed to the disk beside `folder` first and then takes its name, so a failed save (Error with
// path and the system's text) leaves an older model as it was. An older folder is replaced only if it holds
// nothing but these files.
void save_model_folder(const std::filesystem::path& folder, const SavedModel& model);

}  // namespace hone
