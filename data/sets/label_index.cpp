#include "data/sets/label_index.h"

#include <fmt/core.h>

#include <algorithm>
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
  return out;
}

// The usual spelling of a number; nothing for another text.
std::optional<std::string> number_text(std::string_view text) {
  constexpr double kExact = 9007199254740992;  // 2^53: whole numbers below are exact in a double
  if (const auto whole = parse_number<int64_t>(text)) return std::to_string(*whole);
  const auto number = parse_number<double>(text);
  if (!number) return std::nullopt;
  if (std::abs(*number) < kExact && *number == std::floor(*number))
    return std::to_string(static_cast<int64_t>(*number));
  return fmt::format("{}", *number);
}

// The only number of a name such as "2 stars" or "LABEL_1"; nothing where it holds none or several.
std::optional<int64_t> held_number(std::string_view name) {
  constexpr std::string_view kDigits = "0123456789";
  const size_t begin = name.find_first_of(kDigits);
  if (begin == std::string_view::npos) return std::nullopt;
  const size_t end = std::min(name.find_first_not_of(kDigits, begin), name.size());
  if (name.find_first_of(kDigits, end) != std::string_view::npos) return std::nullopt;
  return parse_number<int64_t>(name.substr(begin, end - begin));
}

// The ids of names by the numbers that they hold; empty unless each holds one of its own.
std::unordered_map<int64_t, int> held_numbers(const std::vector<std::string>& names) {
  std::unordered_map<int64_t, int> ids;
  for (const std::string& name : names) {
    const auto number = held_number(name);
    if (!number || !ids.emplace(*number, static_cast<int>(ids.size())).second) return {};
  }
  return ids;
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

bool is_number(std::string_view text) { return parse_number<double>(text).has_value(); }

std::string folded_label(std::string_view text) {
  const std::string_view inner = without_blanks(text);
  return number_text(inner).value_or(lower_case(inner));
}

bool label_before(const std::string& a, const std::string& b) {
  const auto x = parse_number<double>(a), y = parse_number<double>(b);
  if (x && y && *x != *y) return *x < *y;
  if (x.has_value() != y.has_value()) return x.has_value();
  return a < b;
}

LabelIndex::LabelIndex(const std::vector<std::string>& names)
    : held_(held_numbers(names)),
      size_(static_cast<int>(names.size())),
      numbers_are_ids_(std::ranges::none_of(
          names, [](const std::string& name) { return number_text(without_blanks(name)).has_value(); })) {
  for (int id = 0; id < size_; ++id) {
    const std::string& name = names[static_cast<size_t>(id)];
    exact_.emplace(name, id);
    const auto [known, added] = folded_.emplace(folded_label(name), id);
    if (!added) known->second = kSeveral;
  }
}

std::optional<LabelIndex::Found> LabelIndex::find(std::string_view text) const {
  if (const auto at = exact_.find(std::string(text)); at != exact_.end())
    return Found{at->second, LabelMatch::exact};
  const std::string folded = folded_label(text);
  if (const auto at = folded_.find(folded); at != folded_.end()) {
    return at->second == kSeveral ? std::nullopt : std::optional(Found{at->second, LabelMatch::folded});
  }
  const auto id = numbers_are_ids_ ? parse_number<int64_t>(folded) : std::nullopt;
  if (id && !held_.empty()) {
    const auto at = held_.find(*id);
    return at == held_.end() ? std::nullopt : std::optional(Found{at->second, LabelMatch::number});
  }
  return id && *id >= 0 && *id < size_ ? std::optional(Found{static_cast<int>(*id), LabelMatch::number})
                                       : std::nullopt;
}

bool are_generic(const std::vector<std::string>& names) {
  for (size_t id = 0; id < names.size(); ++id) {
    if (names[id] != "LABEL_" + std::to_string(id)) return false;
  }
  return true;
}

}  // namespace hone
