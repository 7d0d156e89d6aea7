#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <hone/text/vocabulary.h>
#include "data/json/json.h"

namespace hone {

// A special token with the id that a file claims for it.
struct ClaimedToken {
  std::string token;
  int64_t id;
  std::string where;  // file and key, for messages
};

// The settings that both tokenizer_config.json and tokenizer.json's normalizer can have (internal to
// load_tokenizer). An unset value is one that the file does not give.
struct TokenizerSettings {
  std::optional<bool> lower_case, tokenize_chinese_chars;
  std::optional<std::optional<bool>> strip_accents;  // the inner one is null or a boolean, as in the file
  int64_t model_max_length = 0;                      // 0: no limit
  bool uses_token_types = true;
  std::optional<std::string> other_class;  // a tokenizer_class that is not BERT's or DistilBERT's
  std::vector<ClaimedToken> claimed;
};

// Reads tokenizer_config.json, special_tokens_map.json or added_tokens.json; an absent file sets nothing.
// Throws ModelError, naming file and key, for settings that this tokenizer does not have.
TokenizerSettings read_tokenizer_config(const std::filesystem::path& folder);
void check_special_tokens_map(const std::filesystem::path& folder);
std::vector<ClaimedToken> read_added_tokens(const std::filesystem::path& folder);

// The token of an entry of "added_tokens". It must be one of the five special tokens and must not strip
// blanks around it.
std::string checked_added_token(const Json& entry, const std::string& where);

void check_claims(const std::vector<ClaimedToken>& claims, const Vocabulary& vocabulary);

}  // namespace hone
