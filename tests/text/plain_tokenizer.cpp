#include "tests/text/plain_tokenizer.h"

#include <utf8proc.h>

#include <cstdlib>
#include <stdexcept>

namespace hone::test {
namespace {

std::u32string decoded(const std::string& text) {
  std::u32string codes;
  const auto* bytes = reinterpret_cast<const utf8proc_uint8_t*>(text.data());
  for (size_t at = 0; at < text.size();) {
    utf8proc_int32_t code = 0;
    const auto length = utf8proc_iterate(bytes + at, static_cast<utf8proc_ssize_t>(text.size() - at), &code);
    if (length <= 0) throw std::invalid_argument("not UTF-8");
    codes += static_cast<char32_t>(code);
    at += static_cast<size_t>(length);
  }
  return codes;
}

std::string encoded(const std::u32string& codes) {
  std::string text;
  for (const char32_t code : codes) {
    utf8proc_uint8_t bytes[4];
    const auto length = utf8proc_encode_char(static_cast<utf8proc_int32_t>(code), bytes);
    text.append(reinterpret_cast<const char*>(bytes), static_cast<size_t>(length));
  }
  return text;
}

// The two letters of the general category, such as "Mn".
std::string category(char32_t code) { return utf8proc_category_string(static_cast<utf8proc_int32_t>(code)); }

bool between(char32_t code, char32_t first, char32_t last) { return first <= code && code <= last; }

bool is_blank(char32_t code) {
  return code == '\t' || code == '\n' || code == '\r' || code == 0x2028 || code == 0x2029 ||
         category(code) == "Zs";
}

bool is_punctuation(char32_t code) {
  return between(code, 33, 47) || between(code, 58, 64) || between(code, 91, 96) || between(code, 123, 126) ||
         category(code)[0] == 'P';
}

bool is_chinese(char32_t code) {
  return between(code, 0x4E00, 0x9FFF) || between(code, 0x3400, 0x4DBF) || between(code, 0x20000, 0x2A6DF) ||
         between(code, 0x2A700, 0x2B73F) || between(code, 0x2B740, 0x2B81F) ||
         between(code, 0x2B820, 0x2CEAF) || between(code, 0xF900, 0xFAFF) || between(code, 0x2F800, 0x2FA1F);
}

std::u32string lowered(const std::u32string& text) {
  std::u32string result;
  for (const char32_t code : text) {
    if (code == 0x130) {
      result += U"i\u0307";
    } else {
      result += static_cast<char32_t>(utf8proc_tolower(static_cast<utf8proc_int32_t>(code)));
    }
  }
  return result;
}

std::u32string cleaned(const std::u32string& text) {
  std::u32string result;
  for (const char32_t code : text) {
    if (is_blank(code)) {
      result += U' ';
    } else if (code != 0 && code != 0xFFFD && category(code)[0] != 'C') {
      result += code;
    }
  }
  return result;
}

std::u32string with_spaced_chinese(const std::u32string& text) {
  std::u32string result;
  for (const char32_t code : text) {
    if (is_chinese(code)) {
      result.append({U' ', code, U' '});
    } else {
      result += code;
    }
  }
  return result;
}

std::vector<std::u32string> split_at_blanks(const std::u32string& text) {
  std::vector<std::u32string> words(1);
  for (const char32_t code : text) {
    if (code == ' ') {
      words.emplace_back();
    } else {
      words.back() += code;
    }
  }
  return words;
}

std::u32string without_accents(const std::u32string& word) {
  const std::string bytes = encoded(word);
  utf8proc_uint8_t* parts = nullptr;
  const auto size = utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(bytes.data()),
                                 static_cast<utf8proc_ssize_t>(bytes.size()), &parts,
                                 static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_DECOMPOSE));
  if (size < 0) throw std::runtime_error(utf8proc_errmsg(size));
  const std::string decomposed(reinterpret_cast<const char*>(parts), static_cast<size_t>(size));
  std::free(parts);
  std::u32string result;
  for (const char32_t code : decoded(decomposed)) {
    if (category(code) != "Mn") result += code;
  }
  return result;
}

std::vector<std::u32string> split_at_punctuation(const std::u32string& word) {
  std::vector<std::u32string> words(1);
  for (const char32_t code : word) {
    if (is_punctuation(code)) {
      words.emplace_back(1, code);
      words.emplace_back();
    } else {
      words.back() += code;
    }
  }
  return words;
}

}  // namespace

PlainTokenizer::PlainTokenizer(const std::vector<std::string>& tokens, TokenizerOptions options)
    : options_(options) {
  for (size_t id = 0; id < tokens.size(); ++id) ids_[tokens[id]] = static_cast<int32_t>(id);
}

std::vector<int32_t> PlainTokenizer::tokenize(const std::string& text) const {
  const std::u32string codes = decoded(text);
  std::vector<int32_t> ids;
  std::u32string before;
  for (size_t at = 0; at < codes.size();) {
    std::u32string special;
    for (const std::u32string token : {U"[UNK]", U"[SEP]", U"[PAD]", U"[CLS]", U"[MASK]"}) {
      if (codes.substr(at, token.size()) == token) special = token;
    }
    if (special.empty()) {
      before += codes[at++];
      continue;
    }
    add_plain_text(before, ids);
    before.clear();
    ids.push_back(ids_.at(encoded(special)));
    at += special.size();
  }
  add_plain_text(before, ids);
  return ids;
}

void PlainTokenizer::add_plain_text(const std::u32string& text, std::vector<int32_t>& ids) const {
  std::u32string clean = cleaned(options_.lower_case ? lowered(text) : text);
  if (options_.tokenize_chinese_chars) clean = with_spaced_chinese(clean);
  for (std::u32string word : split_at_blanks(clean)) {
    if (options_.lower_case) word = lowered(word);
    if (options_.strip_accents.value_or(options_.lower_case)) word = without_accents(word);
    for (const auto& part : split_at_punctuation(word)) add_word(part, ids);
  }
}

void PlainTokenizer::add_word(const std::u32string& word, std::vector<int32_t>& ids) const {
  std::vector<int32_t> pieces;
  bool known = word.size() <= 100;
  for (size_t begin = 0; known && begin < word.size();) {
    size_t end = word.size();
    const auto piece = [&] { return (begin > 0 ? "##" : "") + encoded(word.substr(begin, end - begin)); };
    while (end > begin && !ids_.contains(piece())) --end;
    known = end > begin;
    if (known) pieces.push_back(ids_.at(piece()));
    begin = end;
  }
  if (!known) pieces = {ids_.at("[UNK]")};
  ids.insert(ids.end(), pieces.begin(), pieces.end());
}

}  // namespace hone::test
