#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <hone/text/tokenizer.h>
#include <hone/text/vocabulary.h>

namespace hone {

// One pass over a text that cleans, splits and looks up its words as it goes (internal to text/). ASCII takes
// a table look-up a byte; runs of other characters are lower-cased, decomposed and stripped together, since
// canonical ordering looks across characters.
class WordScanner {
 public:
  // With `cuts_specials` the special tokens are found in the text; without, they are letters like any others.
  WordScanner(const Vocabulary& vocabulary, const TokenizerOptions& options,
              const std::array<int32_t, 128>& ascii_ids, std::vector<int32_t>& ids,
              bool cuts_specials = true);

  // Appends the ids of `text`. Throws DataError when it is not UTF-8.
  void scan(std::string_view text);

 private:
  // Each scans a run of characters that begins at `at` and returns the index behind it.
  size_t scan_letters(size_t at);
  size_t scan_punctuation(size_t at);  // or a special token
  size_t scan_other(size_t at);
  bool take_other(size_t& at);  // one character into run_; false where the run ends, with `at` unmoved
  void finish_run();
  void add_to_word(char32_t code);
  void finish_word();
  void finish_punctuation(char32_t code);
  char32_t decode(size_t& at) const;

  const Vocabulary& vocabulary_;
  const std::array<int32_t, 128>& ascii_ids_;
  std::vector<int32_t>& ids_;
  const bool lower_case_, strip_accents_, split_ideographs_, cuts_specials_;

  std::string_view text_;
  std::array<char, Vocabulary::kLongestWord> word_;
  size_t word_bytes_ = 0;
  int64_t word_characters_ = 0;  // may exceed what word_ holds: such a word is [UNK]
  std::u32string run_, scratch_;
};

}  // namespace hone
