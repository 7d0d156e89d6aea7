#include "nn/models/model_folder.h"

#include <algorithm>

#include <hone/core/error.h>
#include "data/files/files.h"
#include "data/files/folder_swap.h"
#include "data/json/json_writer.h"
#include "nn/models/config_writer.h"

namespace hone {
namespace {

constexpr std::string_view kFiles[] = {"config.json",    "model.safetensors",     "vocab.txt",
                                       "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json",
                                       "README.md"};

void write_special_tokens(JsonWriter& json) {
  json.field("unk_token", "[UNK]")
      .field("sep_token", "[SEP]")
      .field("pad_token", "[PAD]")
      .field("cls_token", "[CLS]")
      .field("mask_token", "[MASK]");
}

std::string special_tokens_map() {
  JsonWriter json(JsonWriter::Style::indented);
  json.begin_object();
  write_special_tokens(json);
  return json.end_object().str() + "\n";
}

void write_added_tokens(JsonWriter& json, const std::vector<AddedToken>& tokens) {
  if (tokens.empty()) return;
  json.key("added_tokens_decoder").begin_object();
  for (const AddedToken& token : tokens) {
    json.key(std::to_string(token.id)).begin_object().field("content", token.text);
    for (const char* flag : {"lstrip", "rstrip", "single_word"}) json.field(flag, false);
    json.field("normalized", token.normalized).field("special", true).end_object();
  }
  json.end_object();
}

std::string tokenizer_config(const SavedModel& model) {
  const EncoderConfig& config = model.config;
  const bool bert = config.type == ModelType::bert;
  const int64_t own = model.model_max_length;
  JsonWriter json(JsonWriter::Style::indented);
  json.begin_object().field("tokenizer_class", bert ? "BertTokenizer" : "DistilBertTokenizer");
  json.field("do_lower_case", model.lower_case);
  if (model.strip_accents) {
    json.field("strip_accents", *model.strip_accents);
  } else {
    json.field("strip_accents", nullptr);
  }
  json.field("tokenize_chinese_chars", model.tokenize_chinese_chars)
      .field("model_max_length", own > 0 ? std::min(own, config.max_positions) : config.max_positions);
  json.key("model_input_names").begin_array().value("input_ids");
  if (bert && model.uses_token_types) json.value("token_type_ids");
  json.value("attention_mask").end_array();
  write_special_tokens(json);
  write_added_tokens(json, model.special_tokens);
  return json.end_object().str() + "\n";
}

}  // namespace

std::span<const std::string_view> model_folder_files() { return kFiles; }

void save_model_folder(const std::filesystem::path& folder, const SavedModel& model) {
  FolderSwap swap(folder, kFiles);
  const std::filesystem::path& here = swap.temporary();
  write_safetensors(here / "model.safetensors", model.tensors, {{"format", "pt"}});
  write_file_atomically(here / "config.json", write_config(model.config));
  write_file_atomically(here / "vocab.txt", model.vocabulary_bytes);
  write_file_atomically(here / "tokenizer_config.json", tokenizer_config(model));
  write_file_atomically(here / "special_tokens_map.json", special_tokens_map());
  write_file_atomically(here / "README.md", model.readme);
  if (model.tokenizer_json) write_file_atomically(here / "tokenizer.json", *model.tokenizer_json);
  swap.commit();
}

}  // namespace hone
