#include "data/tokenizer/vocabulary_check.h"

#include <fmt/core.h>

#include <algorithm>
#include <string_view>

#include "core/utf8.h"
#include "text/unicode.h"

namespace hone {
namespace {

constexpr int64_t kMany = 1000;

// The entries of a vocabulary by what normalising them would change.
struct Counts {
  int64_t all = 0, lower_letters = 0, capitals = 0, accents = 0, ideographs = 0;
};

bool is_many(int64_t count, int64_t all) {
  return count >= kMany || (count >= kMany / 10 && 10 * count >= all);
}

// A word piece's text; "" for a special token and those that nothing uses ("[unused1]").
std::string_view piece_text(std::string_view token) {
  if (token.starts_with("[") && token.ends_with("]")) return "";
  if (token.starts_with(Vocabulary::kContinuation)) token.remove_prefix(Vocabulary::kContinuation.size());
  return token;
}

void count_ascii(std::string_view text, Counts& counts) {
  counts.capitals += std::ranges::any_of(text, [](char c) { return c >= 'A' && c <= 'Z'; });
  counts.lower_letters += std::ranges::any_of(text, [](char c) { return c >= 'a' && c <= 'z'; });
}

void count_other(std::string_view text, Counts& counts) {
  std::u32string letters, lowered, scratch;
  for (size_t at = 0; at < text.size();) letters += decode_utf8(text, at);
  for (const char32_t code : letters) append_lower(lowered, code);
  counts.capitals += lowered != letters;
  std::u32string stripped = lowered;
  strip_accents(stripped, scratch);
  counts.accents += stripped != lowered;
  const auto is_ideograph = [](char32_t code) { return kind_of(code) == CharKind::ideograph; };
  counts.ideographs += letters.size() > 1 && std::ranges::any_of(letters, is_ideograph);
}

Counts count_entries(const Vocabulary& vocabulary) {
  Counts counts;
  for (const std::string& token : vocabulary.tokens()) {
    const std::string_view text = piece_text(token);
    if (text.empty()) continue;
    ++counts.all;
    const bool ascii = std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
    ascii ? count_ascii(text, counts) : count_other(text, counts);
  }
  return counts;
}

// A setting in the file that decides.
std::string setting(const char* key, const char* json_key, bool value, bool by_json) {
  return by_json ? fmt::format("normalizer.{} {} in tokenizer.json", json_key, value)
                 : fmt::format("{} {} in tokenizer_config.json", key, value);
}

}  // namespace

std::vector<std::string> misfits(const Vocabulary& vocabulary, const TokenizerOptions& options,
                                 const std::string& file, bool by_json) {
  const Counts counts = count_entries(vocabulary);
  std::vector<std::string> lines;
  const auto add = [&](bool is_lost, int64_t count, const char* what, const char* which, const char* key,
                       const char* json_key) {
    if (!is_lost || !is_many(count, counts.all)) return;
    lines.push_back(fmt::format("{}: {} of {} entries {}, so none of these is ever found: {} needs {}", file,
                                count, counts.all, what, which, setting(key, json_key, false, by_json)));
  };
  add(options.lower_case, counts.capitals, "have capitals, but texts are lower-cased", "a cased vocabulary",
      "do_lower_case", "lowercase");
  add(options.strip_accents.value_or(options.lower_case), counts.accents,
      "have accents or composed letters, but texts lose theirs", "such a vocabulary", "strip_accents",
      "strip_accents");
  add(options.tokenize_chinese_chars, counts.ideographs,
      "have ideographs beside other characters, but texts are cut at each ideograph", "such a vocabulary",
      "tokenize_chinese_chars", "handle_chinese_chars");
  if (!options.lower_case && counts.capitals == 0 && counts.lower_letters >= kMany) {
    lines.push_back(
        fmt::format("{}: no entry has capitals, but texts keep theirs, so words with capitals become "
                    "[UNK]: an uncased vocabulary needs {}",
                    file, setting("do_lower_case", "lowercase", true, by_json)));
  }
  return lines;
}

}  // namespace hone
