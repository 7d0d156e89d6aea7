#include "text/normalized_specials.h"

#include <hone/core/error.h>
#include "core/utf8.h"
#include "text/unicode.h"

namespace hone {
namespace {

using Texts = std::array<std::string, 5>;

// Calls `special` and `between` for the tokens of these texts and the stretches around them.
void split(std::string_view text, const Texts& tokens, const std::function<void(SpecialToken)>& special,
           const std::function<void(std::string_view)>& between) {
  for (;;) {
    size_t first = std::string_view::npos, found = 0;
    for (size_t i = 0; i < tokens.size(); ++i) {
      const size_t at = tokens[i].empty() ? std::string_view::npos : text.find(tokens[i]);
      if (at < first) first = at, found = i;
    }
    between(text.substr(0, first));
    if (first == std::string_view::npos) return;
    special(static_cast<SpecialToken>(found));
    text.remove_prefix(first + tokens[found].size());
  }
}

}  // namespace

NormalizedSpecials::NormalizedSpecials(const TokenizerOptions& options)
    : lower_case_(options.lower_case),
      strip_accents_(options.strip_accents.value_or(options.lower_case)),
      split_ideographs_(options.tokenize_chinese_chars) {
  for (size_t i = 0; i < kSpecialTokens.size(); ++i) {
    const std::string token(kSpecialTokens[i]);
    options.normalized[i] ? normalized_[i] = normalised(token) : written_[i] = token;
  }
}

void NormalizedSpecials::cut(std::string_view text, const std::function<void(SpecialToken)>& special,
                             const std::function<void(std::string_view)>& piece) const {
  if (const size_t bad = first_invalid_utf8(text); bad != std::string_view::npos)
    throw DataError("invalid UTF-8 at byte " + std::to_string(bad) + " of the text");
  split(text, written_, special,
        [&](std::string_view part) { split(normalised(part), normalized_, special, piece); });
}

std::string NormalizedSpecials::normalised(std::string_view text) const {
  std::u32string letters, scratch;
  for (size_t at = 0; at < text.size();) {
    const char32_t code = decode_utf8(text, at);
    const CharKind kind = kind_of(code);
    const bool cuts = kind == CharKind::ideograph && split_ideographs_;
    if (kind == CharKind::removed) continue;
    if (kind == CharKind::space || cuts) letters += U' ';
    if (kind == CharKind::space) continue;
    if (lower_case_) {
      append_lower(letters, code);
    } else {
      letters += code;
    }
    if (cuts) letters += U' ';
  }
  if (strip_accents_) strip_accents(letters, scratch);
  std::string out;
  for (const char32_t code : letters) append_utf8(out, code);
  return out;
}

}  // namespace hone
