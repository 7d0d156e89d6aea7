#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include <hone/text/vocabulary.h>

namespace hone {

class NormalizedSpecials;

// The model's input for one text or pair: token ids with [CLS] and [SEP], and each token's type.
struct Encoding {
  std::vector<int32_t> ids;
  std::vector<int32_t> types;  // 0 for `[CLS] A [SEP]`, 1 for `B [SEP]`
  bool truncated = false;
};

struct TokenizerOptions {
  bool lower_case = true;
  std::optional<bool> strip_accents = std::nullopt;  // unset: as lower_case
  bool tokenize_chinese_chars = true;
  // By SpecialToken: found in the normalised (cleaned, stripped, lower-cased) text, where "[cls]" is [CLS]
  // too, instead of as it is written.
  std::array<bool, 5> normalized = {};
};

// The numbers of tokens of a pair that are kept when both texts together may have `budget`. The longer text
// loses tokens first, from the right; an odd token goes to A.
struct PairLengths {
  int64_t a, b;
};
PairLengths truncate_pair(int64_t a, int64_t b, int64_t budget);

// BERT's WordPiece tokenizer, with the semantics of transformers' Python class ("slow") on Unicode 14.0:
// lower-case, cut out literal special tokens, clean, split at spaces, ideographs and punctuation, strip
// accents, then the greedy longest match (Wu et al., 2016; Devlin et al., 2018). Everything is const and may
// be called from several threads.
class Tokenizer {
 public:
  Tokenizer(Vocabulary vocabulary, TokenizerOptions options);

  const Vocabulary& vocabulary() const { return vocabulary_; }
  const TokenizerOptions& options() const { return options_; }

  // The ids of `text`, without [CLS] and [SEP]. Throws DataError when it is not UTF-8.
  std::vector<int32_t> tokenize(std::string_view text) const;
  // Appends the ids of `text` to `ids`, otherwise as tokenize().
  void tokenize_into(std::string_view text, std::vector<int32_t>& ids) const;

  // `[CLS] A [SEP]` or `[CLS] A [SEP] B [SEP]`, cut to max_length tokens (0: never cut). Throws UsageError
  // when max_length leaves no room for a token of each text: it must be 3, for pairs 5, or more.
  Encoding encode(std::string_view text, int64_t max_length) const;
  Encoding encode_pair(std::string_view a, std::string_view b, int64_t max_length) const;

 private:
  Vocabulary vocabulary_;
  TokenizerOptions options_;
  std::array<int32_t, 128> ascii_ids_{};  // the id of each ASCII character as a word of its own
  std::shared_ptr<const NormalizedSpecials> normalized_specials_;  // null: all are found as they are written
};

}  // namespace hone
