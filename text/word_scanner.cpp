#include "text/word_scanner.h"

#include <hone/core/error.h>
#include "core/utf8.h"
#include "text/unicode.h"

namespace hone {
namespace {

constexpr int64_t kMostCharacters = 100;  // in a word; longer ones are [UNK]

const std::array<CharKind, 128> kAsciiKinds = [] {
  std::array<CharKind, 128> kinds{};
  for (size_t i = 0; i < kinds.size(); ++i) kinds[i] = kind_of(static_cast<char32_t>(i));
  return kinds;
}();

constexpr bool is_ascii(char byte) { return static_cast<unsigned char>(byte) < 0x80; }

CharKind ascii_kind(char byte) { return kAsciiKinds[static_cast<unsigned char>(byte)]; }

constexpr char ascii_lower(char byte) {
  return byte >= 'A' && byte <= 'Z' ? static_cast<char>(byte + ('a' - 'A')) : byte;
}

}  // namespace

WordScanner::WordScanner(const Vocabulary& vocabulary, const TokenizerOptions& options,
                         const std::array<int32_t, 128>& ascii_ids, std::vector<int32_t>& ids,
                         bool cuts_specials)
    : vocabulary_(vocabulary),
      ascii_ids_(ascii_ids),
      ids_(ids),
      lower_case_(options.lower_case),
      strip_accents_(options.strip_accents.value_or(options.lower_case)),
      split_ideographs_(options.tokenize_chinese_chars),
      cuts_specials_(cuts_specials) {}

void WordScanner::scan(std::string_view text) {
  text_ = text;
  for (size_t at = 0; at < text_.size();) {
    if (!is_ascii(text_[at])) {
      at = scan_other(at);
      continue;
    }
    switch (ascii_kind(text_[at])) {
      case CharKind::letter:
        at = scan_letters(at);
        break;
      case CharKind::punctuation:
        at = scan_punctuation(at);
        break;
      case CharKind::space:
        finish_word();
        [[fallthrough]];
      default:
        ++at;
    }
  }
  finish_word();
}

size_t WordScanner::scan_letters(size_t at) {
  for (; at < text_.size() && is_ascii(text_[at]) && ascii_kind(text_[at]) == CharKind::letter; ++at) {
    if (++word_characters_ > kMostCharacters) continue;
    word_[word_bytes_++] = lower_case_ ? ascii_lower(text_[at]) : text_[at];
  }
  return at;
}

size_t WordScanner::scan_punctuation(size_t at) {
  if (cuts_specials_ && text_[at] == '[') {
    for (size_t i = 0; i < kSpecialTokens.size(); ++i) {
      if (!text_.substr(at).starts_with(kSpecialTokens[i])) continue;
      finish_word();
      ids_.push_back(vocabulary_.id(static_cast<SpecialToken>(i)));
      return at + kSpecialTokens[i].size();
    }
  }
  finish_punctuation(static_cast<char32_t>(text_[at]));
  return at + 1;
}

size_t WordScanner::scan_other(size_t at) {
  run_.clear();
  while (at < text_.size() && take_other(at)) {
  }
  finish_run();
  if (at == text_.size() || is_ascii(text_[at])) return at;
  const char32_t code = decode(at);  // a space or an ideograph: both end the word before them
  finish_word();
  if (kind_of(code) == CharKind::ideograph) {
    run_ = code;
    finish_run();
    finish_word();
  }
  return at;
}

bool WordScanner::take_other(size_t& at) {
  if (is_ascii(text_[at])) {
    // A removed character does not separate: marks on both its sides are ordered together.
    if (ascii_kind(text_[at]) != CharKind::removed) return false;
    ++at;
    return true;
  }
  size_t next = at;
  const char32_t code = decode(next);
  const CharKind kind = kind_of(code);
  if (kind == CharKind::space || (kind == CharKind::ideograph && split_ideographs_)) return false;
  at = next;
  if (kind == CharKind::removed) return true;
  if (lower_case_) {
    append_lower(run_, code);
  } else {
    run_ += code;
  }
  return true;
}

void WordScanner::finish_run() {
  if (strip_accents_) strip_accents(run_, scratch_);
  for (const char32_t code : run_) {
    if (kind_of(code) == CharKind::punctuation) {
      finish_punctuation(code);
    } else {
      add_to_word(code);
    }
  }
}

void WordScanner::add_to_word(char32_t code) {
  if (++word_characters_ > kMostCharacters) return;
  word_bytes_ += encode_utf8(code, word_.data() + word_bytes_);
}

void WordScanner::finish_punctuation(char32_t code) {
  finish_word();
  if (code < 0x80) {
    ids_.push_back(ascii_ids_[code]);
    return;
  }
  add_to_word(code);
  finish_word();
}

void WordScanner::finish_word() {
  if (word_characters_ == 0) return;
  const size_t first = ids_.size();
  std::string_view rest(word_.data(), word_bytes_);
  bool known = word_characters_ <= kMostCharacters;
  for (bool inside = false; known && !rest.empty(); inside = true) {
    const auto piece = vocabulary_.longest_piece(rest, inside);
    known = piece.id >= 0;
    ids_.push_back(piece.id);
    rest.remove_prefix(piece.length);
  }
  if (!known) {
    ids_.resize(first);
    ids_.push_back(vocabulary_.id(SpecialToken::unk));
  }
  word_bytes_ = 0;
  word_characters_ = 0;
}

char32_t WordScanner::decode(size_t& at) const {
  const char32_t code = decode_utf8(text_, at);
  if (code == kInvalidUtf8) throw DataError("invalid UTF-8 at byte " + std::to_string(at) + " of the text");
  return code;
}

}  // namespace hone
