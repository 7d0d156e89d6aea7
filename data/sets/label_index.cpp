#include "data/sets/label_index.h"

#include <fmt/core.h>

#include <algorithm>
#include <cctype>
#include <cmath>

#include "core/utf8.h"
#include "data/files/parse_number.h"
#include "text/unicode.h"

namespace hone {
namespace {

constexpr int kSeveral = -1;

// The length of the blank that begins at this byte; 0 for another character.
size_t blank_at(std::string_view text, size_t at) {
  static constexpr std::string_view kWide[] = {"\u00A0", "\u3000", "\u200B", "\u2009", "\u202F", "\uFEFF"};
  if (std::string_view(" \t\r\n\v\f").find(text[at]) != std::string_view::npos) return 1;
  for (const std::string_view wide : kWide) {
    if (text.substr(at).starts_with(wide)) return wide.size();
  }
  return 0;
}

std::string lower_case(std::string_view text) {
  std::u32string lower;
  for (size_t at = 0; at < text.size();) {
    const char32_t code = decode_utf8(text, at);
    if (code == kInvalidUtf8) return std::string(text);
    append_lower(lower, code);
  }
  std::string out;
  for (const char32_t code : lower) append_utf8(out, code);
  return out.size() == lower.size() ? out : composed(out);  // ASCII is composed
}

constexpr std::string_view kDigits = "0123456789", kMinus = "\u2212";

bool is_digit(char c) { return kDigits.find(c) != std::string_view::npos; }

// The text with its sign as C++ reads it: Unicode's minus as "-", no "+" before a number.
std::string plain_sign(std::string_view text) {
  if (text.starts_with(kMinus)) return "-" + std::string(text.substr(kMinus.size()));
  if (text.size() > 1 && text[0] == '+' && (is_digit(text[1]) || text[1] == '.')) text.remove_prefix(1);
  return std::string(text);
}

// The usual spelling of a number; nothing for another text.
std::optional<std::string> number_text(std::string_view spelling) {
  constexpr double kExact = 9007199254740992;  // 2^53: whole numbers below are exact in a double
  const std::string text = plain_sign(spelling);
  if (const auto whole = parse_number<int64_t>(text)) return std::to_string(*whole);
  const auto number = parse_number<double>(text);
  if (!number) return std::nullopt;
  if (std::abs(*number) < kExact && *number == std::floor(*number))
    return std::to_string(static_cast<int64_t>(*number));
  return fmt::format("{}", *number);
}

// The length of the sign at the end of a name's beginning; 0 without one and for the hyphen of "covid-19".
size_t sign_length(std::string_view before) {
  const bool is_wide = before.ends_with(kMinus);
  if (!is_wide && !before.ends_with('-') && !before.ends_with('+')) return 0;
  const size_t length = is_wide ? kMinus.size() : 1;
  before.remove_suffix(length);
  const auto last = before.empty() ? ' ' : before.back();
  return std::isalnum(static_cast<unsigned char>(last)) != 0 || (last & 0x80) != 0 ? 0 : length;
}

// The only number of a name such as "2 stars", "-1 bad", "1.5 stars" or "LABEL_1", in its usual spelling;
// nothing where it holds none or several.
std::optional<std::string> held_number(std::string_view name) {
  const size_t first = name.find_first_of(kDigits);
  if (first == std::string_view::npos) return std::nullopt;
  size_t end = std::min(name.find_first_not_of(kDigits, first), name.size());
  if (end + 1 < name.size() && name[end] == '.' && is_digit(name[end + 1]))
    end = std::min(name.find_first_not_of(kDigits, end + 1), name.size());
  if (name.find_first_of(kDigits, end) != std::string_view::npos) return std::nullopt;
  const size_t begin = first - sign_length(name.substr(0, first));
  return number_text(name.substr(begin, end - begin));
}

// The ids of names by the numbers that they hold; empty unless each holds one of its own.
std::unordered_map<std::string, int> held_numbers(const std::vector<std::string>& names) {
  std::unordered_map<std::string, int> ids;
  for (const std::string& name : names) {
    const auto number = held_number(name);
    if (!number || !ids.emplace(*number, static_cast<int>(ids.size())).second) return {};
  }
  return ids;
}

// A folded label with "_" for each run of blanks, "_" and "-".
std::string loose_label(std::string_view folded) {
  std::string out;
  for (size_t at = 0; at < folded.size();) {
    const size_t blank = folded[at] == '_' || folded[at] == '-' ? 1 : blank_at(folded, at);
    if (blank == 0) {
      out += folded[at++];
    } else {
      if (!out.ends_with('_')) out += '_';
      at += blank;
    }
  }
  return out;
}

void add_unique(std::unordered_map<std::string, int>& ids, const std::string& name, int id) {
  const auto [known, added] = ids.emplace(name, id);
  if (!added) known->second = kSeveral;
}

}  // namespace

std::string_view without_blanks(std::string_view text) {
  while (!text.empty()) {
    const size_t length = blank_at(text, 0);
    if (length == 0) break;
    text.remove_prefix(length);
  }
  for (size_t begin = text.size(); begin > 0;) {
    --begin;
    while (begin > 0 && (static_cast<unsigned char>(text[begin]) & 0xC0) == 0x80) --begin;
    if (blank_at(text, begin) == 0) break;
    text = text.substr(0, begin);
  }
  return text;
}

std::optional<double> label_number(std::string_view text) {
  return parse_number<double>(plain_sign(without_blanks(text)));
}

std::string folded_label(std::string_view text) {
  const std::string_view inner = without_blanks(text);
  return number_text(inner).value_or(lower_case(inner));
}

bool label_before(const std::string& a, const std::string& b) {
  const auto x = label_number(a), y = label_number(b);
  if (x && y && *x != *y) return *x < *y;
  if (x.has_value() != y.has_value()) return x.has_value();
  return a < b;
}

LabelIndex::LabelIndex(const std::vector<std::string>& names)
    : held_(held_numbers(names)),
      size_(static_cast<int>(names.size())),
      numbers_are_ids_(std::ranges::none_of(
          names, [](const std::string& name) { return label_number(name).has_value(); })) {
  for (int id = 0; id < size_; ++id) {
    const std::string& name = names[static_cast<size_t>(id)];
    const std::string folded = folded_label(name);
    exact_.emplace(name, id);
    add_unique(folded_, folded, id);
    add_unique(loose_, loose_label(folded), id);
  }
}

LabelIndex::LabelIndex(const std::vector<std::string>& names, const std::vector<std::string>& texts,
                       const std::string& column)
    : LabelIndex(names) {
  const std::string question = loose_label(folded_label(column));
  const auto yes = question.starts_with("is_") && size_ == 2 ? find(question.substr(3)) : std::nullopt;
  if (yes && yes->match != LabelMatch::number) {
    held_ = {{"1", yes->id}, {"true", yes->id}, {"0", 1 - yes->id}, {"false", 1 - yes->id}};
    return;
  }
  bool some_not_held = false;
  for (const std::string& text : texts) {
    const std::string folded = folded_label(text);
    if (!label_number(text) || folded_.contains(folded)) continue;
    if (folded == "-1" && !held_.contains(folded)) continue;  // no label
    if (!is_id(folded)) return;
    some_not_held |= !held_.contains(folded);
  }
  if (some_not_held) held_.clear();
}

bool LabelIndex::is_id(const std::string& folded) const {
  const auto id = parse_number<int64_t>(folded);
  return id && *id >= 0 && *id < size_;
}

std::optional<LabelIndex::Found> LabelIndex::find(std::string_view text) const {
  if (const auto at = exact_.find(std::string(text)); at != exact_.end())
    return Found{at->second, LabelMatch::exact};
  const std::string folded = folded_label(text);
  if (const auto at = folded_.find(folded); at != folded_.end()) {
    return at->second == kSeveral ? std::nullopt : std::optional(Found{at->second, LabelMatch::folded});
  }
  if (label_number(folded)) return find_number(folded);
  const std::string loose = loose_label(folded);
  if (const auto at = loose_.find(loose); at != loose_.end()) {
    return at->second == kSeveral ? std::nullopt : std::optional(Found{at->second, LabelMatch::folded});
  }
  constexpr std::string_view kGeneric = "label_";
  if (loose.starts_with(kGeneric) && is_id(loose.substr(kGeneric.size())))
    return Found{parse_number<int>(loose.substr(kGeneric.size())).value_or(0), LabelMatch::number};
  return find_number(folded);  // "true"
}

std::optional<LabelIndex::Found> LabelIndex::find_number(const std::string& folded) const {
  if (!numbers_are_ids_) return std::nullopt;
  if (const auto at = held_.find(folded); at != held_.end()) return Found{at->second, LabelMatch::number};
  if (!held_.empty() || !is_id(folded)) return std::nullopt;
  return Found{parse_number<int>(folded).value_or(0), LabelMatch::number};
}

bool are_generic(const std::vector<std::string>& names) {
  for (size_t id = 0; id < names.size(); ++id) {
    if (names[id] != "LABEL_" + std::to_string(id)) return false;
  }
  return true;
}

}  // namespace hone
