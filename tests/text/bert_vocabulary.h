#pragma once

#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include <hone/text/tokenizer.h>
#include "tests/support/real_data.h"

namespace hone::test {

inline const char* const kBertVocabulary = "vocab/bert-base-uncased.txt";

// The tokenizer of bert-base-uncased; call only after HONE_NEED_REAL_DATA(kBertVocabulary).
inline Tokenizer bert_tokenizer(TokenizerOptions options = {}) {
  std::ifstream file(real_data() / kBertVocabulary);
  std::vector<std::string> tokens;
  for (std::string line; std::getline(file, line);) tokens.push_back(line);
  return {Vocabulary(std::move(tokens)), options};
}

// "101 7592 102"
inline std::string joined(const std::vector<int32_t>& ids) {
  std::string text;
  for (const int32_t id : ids) text.append(text.empty() ? "" : " ").append(std::to_string(id));
  return text;
}

inline std::string repeated(std::string_view text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

// A vocabulary of the special tokens (ids 0 to 4 in the order of SpecialToken) and the given ones.
inline Vocabulary small_vocabulary(const std::vector<std::string>& more) {
  std::vector<std::string> tokens(kSpecialTokens.begin(), kSpecialTokens.end());
  tokens.insert(tokens.end(), more.begin(), more.end());
  return Vocabulary(std::move(tokens));
}

}  // namespace hone::test
