#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "data/tokenizer/tokenizer_settings.h"

namespace hone {

// A tokenizer.json of the tokenizers library that describes BERT's WordPiece (internal to load_tokenizer).
struct TokenizerJson {
  std::vector<std::string> tokens;  // by id; "" where no token has the id
  TokenizerSettings settings;
};

// Parses a tokenizer.json. Throws ModelError, naming file and key, when `bytes` are not JSON or any part is
// of another type. Truncation, padding and decoder are ignored.
TokenizerJson parse_tokenizer_json(std::string_view bytes, const std::string& file);

}  // namespace hone
