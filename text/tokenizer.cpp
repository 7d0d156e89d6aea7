#include <hone/text/tokenizer.h>

#include <algorithm>
#include <string>
#include <utility>

#include <hone/core/error.h>
#include "text/normalized_specials.h"
#include "text/word_scanner.h"

namespace hone {
namespace {

void require_length(int64_t max_length, int64_t least, const char* what) {
  if (max_length == 0 || max_length >= least) return;
  throw UsageError("max_length is " + std::to_string(max_length) + ", but " + what + " needs at least " +
                       std::to_string(least) + " tokens, [CLS] and [SEP] included",
                   {"max_length"});
}

}  // namespace

PairLengths truncate_pair(int64_t a, int64_t b, int64_t budget) {
  if (a + b <= budget) return {a, b};
  const int64_t kept = std::min(a, std::max((budget + 1) / 2, budget - b));
  return {kept, budget - kept};
}

Tokenizer::Tokenizer(Vocabulary vocabulary, TokenizerOptions options)
    : vocabulary_(std::move(vocabulary)), options_(options) {
  for (size_t i = 0; i < ascii_ids_.size(); ++i) {
    const char character = static_cast<char>(i);
    ascii_ids_[i] = vocabulary_.find({&character, 1}).value_or(vocabulary_.id(SpecialToken::unk));
  }
  if (std::ranges::find(options_.normalized, true) != options_.normalized.end())
    normalized_specials_ = std::make_shared<const NormalizedSpecials>(options_);
}

void Tokenizer::tokenize_into(std::string_view text, std::vector<int32_t>& ids) const {
  WordScanner scanner(vocabulary_, options_, ascii_ids_, ids, normalized_specials_ == nullptr);
  if (normalized_specials_ == nullptr) return scanner.scan(text);
  normalized_specials_->cut(
      text, [&](SpecialToken token) { ids.push_back(vocabulary_.id(token)); },
      [&](std::string_view piece) { scanner.scan(piece); });
}

std::vector<int32_t> Tokenizer::tokenize(std::string_view text) const {
  std::vector<int32_t> ids;
  tokenize_into(text, ids);
  return ids;
}

Encoding Tokenizer::encode(std::string_view text, int64_t max_length) const {
  require_length(max_length, 3, "a text");
  Encoding result;
  auto& ids = result.ids;
  ids.push_back(vocabulary_.id(SpecialToken::cls));
  tokenize_into(text, ids);
  if (max_length != 0 && std::ssize(ids) + 1 > max_length) {
    ids.resize(static_cast<size_t>(max_length - 1));
    result.truncated = true;
  }
  ids.push_back(vocabulary_.id(SpecialToken::sep));
  result.types.assign(ids.size(), 0);
  return result;
}

Encoding Tokenizer::encode_pair(std::string_view a, std::string_view b, int64_t max_length) const {
  require_length(max_length, 5, "a pair");
  const int32_t sep = vocabulary_.id(SpecialToken::sep);
  Encoding result;
  auto& ids = result.ids;
  ids.push_back(vocabulary_.id(SpecialToken::cls));
  tokenize_into(a, ids);
  const auto all_a = std::ssize(ids) - 1;
  tokenize_into(b, ids);
  const auto all_b = std::ssize(ids) - 1 - all_a;
  const auto kept = max_length == 0 ? PairLengths{all_a, all_b} : truncate_pair(all_a, all_b, max_length - 3);
  result.truncated = kept.a < all_a || kept.b < all_b;
  ids.erase(ids.begin() + 1 + kept.a, ids.begin() + 1 + all_a);
  ids.resize(static_cast<size_t>(1 + kept.a + kept.b));
  ids.insert(ids.begin() + 1 + kept.a, sep);
  ids.push_back(sep);
  result.types.assign(static_cast<size_t>(kept.a + 2), 0);
  result.types.resize(ids.size(), 1);
  return result;
}

}  // namespace hone
