#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
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

// By special token, as far as a file says: true when it is found in the normalised text
// ("normalized": true).
using NormalizedTokens = std::map<std::string, bool>;

// The settings that both tokenizer_config.json and tokenizer.json's normalizer can have (internal to
// load_tokenizer). An unset value is one that the file does not give.
struct TokenizerSettings {
  std::optional<bool> lower_case, tokenize_chinese_chars;
  std::optional<std::optional<bool>> strip_accents;  // the inner one is null or a boolean, as in the file
  int64_t model_max_length = 0;                      // 0: no limit
  std::optional<bool> uses_token_types;
  std::optional<std::string> tokenizer_class;
  std::vector<ClaimedToken> claimed;
  NormalizedTokens normalized;  // of added_tokens_decoder, or of tokenizer.json's added_tokens
  NormalizedTokens named;       // of the special tokens by their names (cls_token), here or in their map
  std::vector<std::string> warnings = {};
};

// Reads tokenizer_config.json and special_tokens_map.json, or added_tokens.json; an absent file sets nothing.
// A tokenizer_class that the former does not give is config.json's. Throws ModelError, naming file and key,
// for settings that this tokenizer does not have.
TokenizerSettings read_tokenizer_config(const std::filesystem::path& folder);
std::vector<ClaimedToken> read_added_tokens(const std::filesystem::path& folder);

// The token of an entry of "added_tokens". It must be one of the five special tokens and must be found inside
// words too. Blanks that it strips (lstrip, rstrip) are lost in any case. Notes in `normalized` what the
// entry says of that.
std::string checked_added_token(const Json& entry, const std::string& where, NormalizedTokens& normalized);

void check_claims(const std::vector<ClaimedToken>& claims, const Vocabulary& vocabulary);

}  // namespace hone
