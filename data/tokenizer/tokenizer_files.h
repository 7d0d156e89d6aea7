#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <hone/text/tokenizer.h>

namespace hone {

// A special token as transformers' files state it.
struct AddedToken {
  std::string text;
  int64_t id;
  bool normalized;  // found in the normalised text
};

// A tokenizer with the other facts that its files state.
struct LoadedTokenizer {
  Tokenizer tokenizer;
  int64_t model_max_length = 0;  // 0: no limit
  bool uses_token_types = true;  // false: the model takes type 0 everywhere, also for pairs
  std::string vocabulary_bytes;  // vocab.txt unchanged, or rebuilt from tokenizer.json
  std::optional<std::string> tokenizer_json_bytes;  // unchanged
  TokenizerOptions options;
  std::vector<AddedToken> special_tokens = {};  // all five, or none where nothing but their names is stated
  std::vector<std::string> warnings;            // one line each
};

// Reads the tokenizer of a model folder: vocab.txt, tokenizer.json or both (their vocabularies must be
// equal), and the settings of tokenizer_config.json or tokenizer.json (choose_options says which). Throws
// ModelError, naming file and key, for damaged files and for features that this tokenizer lacks.
LoadedTokenizer load_tokenizer(const std::filesystem::path& folder);

// Reads a vocab.txt alone.
LoadedTokenizer load_vocabulary(const std::filesystem::path& vocab_txt, TokenizerOptions options);

// Throws ModelError, naming the token, when the vocabulary has an id that a model of `vocab_size` rows lacks.
void check_vocabulary_size(const LoadedTokenizer& loaded, int64_t vocab_size);

}  // namespace hone
