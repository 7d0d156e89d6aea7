#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <hone/text/tokenizer.h>

namespace hone::test {

// BERT's basic tokenizer and WordPiece, one rule after the other over whole lists of code points, as the
// Python class does it: slow, and without anything of text/ but the options. The fast tokenizer is compared
// with it.
class PlainTokenizer {
 public:
  PlainTokenizer(const std::vector<std::string>& tokens, TokenizerOptions options);

  // The ids of `text`, without [CLS] and [SEP]. Throws std::invalid_argument when it is not UTF-8. Its tables
  // are those of the linked utf8proc: no code point assigned after Unicode 14.0 may be in `text`.
  std::vector<int32_t> tokenize(const std::string& text) const;

 private:
  void add_plain_text(const std::u32string& text, std::vector<int32_t>& ids) const;
  void add_word(const std::u32string& word, std::vector<int32_t>& ids) const;

  std::map<std::string, int32_t> ids_;
  TokenizerOptions options_;
};

}  // namespace hone::test
