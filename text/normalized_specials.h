#pragma once

#include <array>
#include <functional>
#include <string>
#include <string_view>

#include <hone/text/tokenizer.h>

namespace hone {

// Cuts special tokens out of texts where some are found in the normalised text (internal to text/), as the
// tokenizers library does: those as they are written first; then the text between them is cleaned, gets
// spaces around ideographs, loses accents and capitals as the options say, and the others are found in it by
// their own texts, normalised alike.
class NormalizedSpecials {
 public:
  explicit NormalizedSpecials(const TokenizerOptions& options);

  // Calls `special` for each special token and `piece` for each stretch of normalised text between them, in
  // order. Throws DataError when `text` is not UTF-8.
  void cut(std::string_view text, const std::function<void(SpecialToken)>& special,
           const std::function<void(std::string_view)>& piece) const;

 private:
  std::string normalised(std::string_view text) const;

  bool lower_case_, strip_accents_, split_ideographs_;
  std::array<std::string, 5> written_, normalized_;  // by SpecialToken; "" for those of the other kind
};

}  // namespace hone
