// Compares the fast tokenizer with the plain one on random texts.
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <random>
#include <stdexcept>

#include <hone/core/error.h>
#include "core/quote.h"
#include "core/utf8.h"
#include "tests/text/bert_vocabulary.h"
#include "tests/text/plain_tokenizer.h"

namespace hone {
namespace {

using namespace std::string_literals;
using Random = std::mt19937_64;
using Strings = std::vector<std::string>;

constexpr int kTexts = 4000;

size_t below(size_t limit, Random& random) { return random() % limit; }

const std::string& any_of(const Strings& from, Random& random) { return from[below(from.size(), random)]; }

// Words of few letters, so that random words are often made of pieces, and often in several ways.
const Strings kLetters{"a", "b", "c", "E", "A", "z", "7", "e", "\u00e9", "\u0430", "\u03c3", "\u1100"};
const Strings kMarks{"\u0301", "\u0323", "\u0338", "\u302e", "\u0307", "\U0001d165", "\u0327"};
const Strings kOthers{"\u4e2d",     "\uf900", "\U0002f800", "\U00020000", "\U0001f600", "\u226e", "\u0130",
                      "\u03a3",     "\u00c9", "\uac00",     "\u00df",     "\u2014",     "\u037e", "\u1fef",
                      "\U0001d15e", "\u20ac", "\u3002",     "\u3400",     "\ufb01",     "\u212b"};
const Strings kBlanksAndRemoved{" ",      "  ",     "\t",     "\n",     "\r",     "\0"s,
                                "\x1b",   "\x7f",   "\u00a0", "\u3000", "\u2028", "\u200b",
                                "\u200d", "\u00ad", "\ufffd", "\ue000", "\uffff", "\u0378"};
const Strings kSpecial{"[SEP]", "[CLS]", "[PAD]", "[UNK]", "[MASK]", "[sep]", "[SEP", "[[MASK]]", "[SE\0P]"s};
const Strings kMalformed{"\xff",     "\xc3",         "\xed\xa0\x80", "\xf4\x90\x80\x80",
                         "\xc0\xaf", "\xe0\x80\x80", "\x80"};

std::string word_of(const Strings& letters, size_t count, Random& random) {
  std::string word;
  for (size_t i = 0; i < count; ++i) word += any_of(letters, random);
  return word;
}

// A random character of the Basic Multilingual Plane, but not the two assigned there between Unicode 14.0 and
// 15.0.
std::string any_character(Random& random) {
  for (;;) {
    const auto code = static_cast<char32_t>(below(0x10000, random));
    if ((code >= 0xD800 && code <= 0xDFFF) || code == 0x0CF3 || code == 0x0ECE) continue;
    std::string text;
    append_utf8(text, code);
    return text;
  }
}

// A text of about a hundred code points, of one to four bytes each.
std::string long_word(Random& random) {
  const std::string unit = below(2, random) ? any_of(kLetters, random) : any_of(kOthers, random);
  return word_of({unit}, 98 + below(5, random), random) + (below(4, random) ? "" : any_of(kMarks, random));
}

std::string part(Random& random) {
  switch (below(16, random)) {
    case 0:
      return any_of(kBlanksAndRemoved, random);
    case 1:
      return any_of(kMarks, random);
    case 2:
      return any_of(kOthers, random);
    case 3:
      return any_of(kSpecial, random);
    case 4:
      return any_character(random);
    case 5:
      return std::string(1, static_cast<char>(below(128, random)));
    case 6:
      return below(8, random) ? "" : long_word(random);
    case 7:
      return below(32, random) ? "" : any_of(kMalformed, random);
    case 8:
    case 9:
      return " ";
    default:
      return word_of(kLetters, 1 + below(6, random), random);
  }
}

std::string text(Random& random) {
  std::string all;
  for (size_t parts = below(24, random); parts > 0; --parts) all += part(random);
  return all;
}

// A vocabulary of the special tokens, most characters alone and as a continuation, and random words and
// pieces; some twice.
Strings random_tokens(Random& random) {
  Strings tokens(kSpecialTokens.begin(), kSpecialTokens.end());
  for (const Strings& set : {kLetters, kMarks, kOthers}) {
    for (const auto& character : set) {
      if (below(8, random)) tokens.push_back(character);
      if (below(8, random)) tokens.push_back("##" + character);
    }
  }
  for (const char ascii : "!#$-.[]'\"_~/"s) tokens.emplace_back(1, ascii);
  for (int i = 0; i < 400; ++i) {
    tokens.push_back((below(2, random) ? "##" : "") + word_of(kLetters, 1 + below(5, random), random));
  }
  for (const size_t count : {40, 99, 100, 101}) tokens.push_back(word_of({"b"}, count, random));
  tokens.push_back("##" + word_of({"\U0001f600"}, 99, random));
  tokens.emplace_back();
  return tokens;
}

// The ids, or nothing where the text is refused.
std::optional<std::vector<int32_t>> fast_ids(const Tokenizer& tokenizer, const std::string& bytes) {
  try {
    return tokenizer.tokenize(bytes);
  } catch (const DataError&) {
    return std::nullopt;
  }
}

std::optional<std::vector<int32_t>> plain_ids(const test::PlainTokenizer& tokenizer,
                                              const std::string& bytes) {
  try {
    return tokenizer.tokenize(bytes);
  } catch (const std::invalid_argument&) {
    return std::nullopt;
  }
}

std::string shown(const std::optional<std::vector<int32_t>>& ids) {
  return ids ? test::joined(*ids) : "refused";
}

class PlainTokenizer : public testing::TestWithParam<TokenizerOptions> {};

TEST_P(PlainTokenizer, GivesTheSameIdsOnRandomTexts) {
  Random random(5);
  const auto tokens = random_tokens(random);
  const Tokenizer fast(Vocabulary(tokens), GetParam());
  const test::PlainTokenizer plain(tokens, GetParam());
  int refused = 0;
  size_t all = 0, unknown = 0;
  for (int i = 0; i < kTexts; ++i) {
    const auto bytes = text(random);
    const auto expected = plain_ids(plain, bytes);
    ASSERT_EQ(shown(fast_ids(fast, bytes)), shown(expected)) << i << ": " << testing::PrintToString(bytes);
    if (!expected) {
      ++refused;
      continue;
    }
    all += expected->size();
    unknown += static_cast<size_t>(std::count(expected->begin(), expected->end(), 1));
  }
  // The texts are neither all refused nor all unknown.
  EXPECT_GT(refused, 0);
  EXPECT_LT(refused, kTexts / 4);
  EXPECT_GT(unknown, 0u);
  EXPECT_LT(unknown, all / 2);
}

INSTANTIATE_TEST_SUITE_P(
    EverySetting, PlainTokenizer,
    testing::Values(TokenizerOptions{}, TokenizerOptions{.lower_case = false},
                    TokenizerOptions{.lower_case = true, .strip_accents = false},
                    TokenizerOptions{.lower_case = false, .strip_accents = true},
                    TokenizerOptions{.lower_case = true, .tokenize_chinese_chars = false},
                    TokenizerOptions{.lower_case = false, .tokenize_chinese_chars = false}));

}  // namespace
}  // namespace hone
