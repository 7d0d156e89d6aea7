#pragma once

#include <string>
#include <string_view>

namespace hone {

// Character properties of Unicode 14.0.0, the version behind the Python tokenizer that hone equals.
// Characters that later versions assigned count as unassigned.

// The kinds of code points that the tokenizer's cleaning distinguishes.
enum class CharKind : uint8_t {
  letter,       // kept; everything that is none of the others
  space,        // tab, LF, CR, category Zs, and U+2028 and U+2029
  removed,      // U+0000, U+FFFD and categories Cc, Cf, Co, Cn (but tab, LF, CR)
  punctuation,  // categories P*, and the ASCII symbols 33-47, 58-64, 91-96, 123-126
  ideograph,    // the eight ranges that BERT surrounds with spaces ("Chinese characters")
};
CharKind kind_of(char32_t code);

// True for category Mn, which stripping accents drops.
bool is_nonspacing_mark(char32_t code);

// Appends the lower case of `code`, full mapping, one code point at a time (so no final-sigma rule).
void append_lower(std::u32string& text, char32_t code);

// Canonical composition (NFC) of UTF-8 text; a text that is not UTF-8 as it is.
std::string composed(std::string_view text);

// Canonical decomposition (NFD) of `text` without its nonspacing marks, in place; `scratch` is overwritten.
void strip_accents(std::u32string& text, std::u32string& scratch);

}  // namespace hone
