#include "data/sets/json_records.h"

#include <fmt/core.h>

#include <algorithm>
#include <optional>
#include <utility>

#include <hone/core/error.h>
#include "data/json/json.h"

namespace hone {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";

std::optional<std::string> field_text(const Json& value) {
  if (value.is_string()) return value.as_string("");
  if (value.is_integer()) return std::to_string(value.as_int(""));
  if (value.is_number()) return fmt::format("{}", value.as_number(""));
  if (value.is_bool()) return value.as_bool("") ? "true" : "false";
  return std::nullopt;
}

// Cuts a text into its values, which commas separate or blanks, and counts lines. It looks at brackets and
// strings alone: the JSON reader finds what else is wrong with a value.
class ValueCutter {
 public:
  ValueCutter(std::string_view text, bool is_array) : rest_(text), is_array_(is_array) {
    skip_blanks();
    if (is_array_) skip(1);
  }

  // The next value, with the line that it begins in; nothing at the end. Throws DataError for an array
  // without an end, without a comma between values and with text behind it; `name` begins the message.
  std::optional<TextLine> next(const std::string& name) {
    skip_blanks();
    if (is_array_ && !after_comma_ && rest_.starts_with(']')) return end(name);
    if (rest_.empty() && !is_array_) return std::nullopt;
    const size_t size = value_size();
    TextLine value{line_, rest_.substr(0, size)};
    skip(size);
    if (is_array_) pass_comma(name);
    return value;
  }

 private:
  std::optional<TextLine> end(const std::string& name) {
    skip(1);
    skip_blanks();
    if (rest_.empty()) return std::nullopt;
    throw DataError(fmt::format("{}: line {}: text behind the end of the array", name, line_));
  }

  void pass_comma(const std::string& name) {
    skip_blanks();
    after_comma_ = rest_.starts_with(',');
    if (rest_.empty()) throw DataError(name + ": the array has no end: no ] closes it");
    if (!after_comma_ && rest_.front() != ']')
      throw DataError(fmt::format("{}: line {}: no comma between two values of the array", name, line_));
    if (after_comma_) skip(1);
  }

  void skip(size_t size) {
    line_ += std::ranges::count(rest_.substr(0, size), '\n');
    rest_.remove_prefix(std::min(size, rest_.size()));
  }
  void skip_blanks() { skip(std::min(rest_.find_first_not_of(kBlanks), rest_.size())); }

  // The size of the value that begins here: to its closing bracket or, for one without brackets, to the
  // comma, bracket or line end behind it. It is 0 only in an array.
  size_t value_size() const {
    int64_t depth = 0;
    bool in_string = false;
    for (size_t at = 0; at < rest_.size(); ++at) {
      const char c = rest_[at];
      if (in_string) {
        if (c == '\\') ++at;
        in_string = c != '"';
      } else if (c == '"') {
        in_string = true;
      } else if (c == '{' || c == '[') {
        ++depth;
      } else if (depth == 0 && (c == ',' || c == ']' || c == '}' || c == '\n')) {
        return is_array_ ? at : std::max<size_t>(at, 1);
      } else if ((c == '}' || c == ']') && --depth == 0) {
        return at + 1;
      }
    }
    return rest_.size();
  }

  std::string_view rest_;
  bool is_array_, after_comma_ = false;
  int64_t line_ = 1;
};

// Adds values to a file's rows.
class ObjectReader {
 public:
  ObjectReader(RecordFile& out, const TextFile& file, const std::vector<std::string>& wanted)
      : out_(out), file_(file), wanted_(wanted), problems_(out.path) {}

  void add(const TextLine& value) {
    std::string text(value.text);
    const int64_t lone = replace_lone_surrogates(text);
    if (lone > 0 && file_.errors() == EncodingErrors::strict) {
      has_surrogates_ = true;
      return problems_.add(value.number, "a lone surrogate, which is no character");
    }
    try {
      add_object(value.number, parse_json(text, "JSON"));
      out_.replaced += lone;
    } catch (const ModelError& error) {  // thrown by the JSON reader
      problems_.add(value.number, error.what());
    }
  }

  void finish() {
    if (has_surrogates_) problems_.throw_if_any("take encoding_errors replace", {"encoding_errors"});
    problems_.throw_if_any();
    for (Record& row : out_.rows) {  // the rows before the first that had all members
      for (size_t i = row.fields.size(); i < out_.names.size(); ++i) add_field(row, nullptr);
    }
    if (out_.rows.size() == 1 && std::ranges::count_if(out_.rows[0].not_texts, is_nested) > 0 &&
        out_.rows[0].not_texts.size() == out_.names.size()) {
      throw DataError(out_.path.string() +
                      ": one object holds everything; write one for each row, for example by pandas: "
                      "to_json(orient=\"records\", lines=True)");
    }
  }

 private:
  static bool is_nested(const std::pair<size_t, std::string>& one) {
    return one.second == "an array" || one.second == "an object";
  }

  void add_object(int64_t line, const Json& object) {
    const auto& members = object.as_object("it");
    if (out_.names.empty()) {
      for (const auto& [name, value] : members) out_.names.push_back(name);
    }
    for (const std::string& name : wanted_) {
      if (object.find(name) != nullptr && !out_.has_exactly(name)) out_.names.push_back(name);
    }
    Record record{line, {}};
    for (const std::string& name : out_.names) add_field(record, object.find(name));
    out_.rows.push_back(std::move(record));
  }

  void add_field(Record& record, const Json* value) {
    constexpr size_t kSlack = 1 << 20;
    auto text = value == nullptr ? std::nullopt : field_text(*value);
    if (!text)
      record.not_texts.emplace_back(record.fields.size(), value == nullptr ? "missing" : value->type_name());
    record.fields.push_back(std::move(text).value_or(""));
    // Fields that few bytes of text lack must not use memory without bound.
    missing_ += value == nullptr;
    if (missing_ <= file_.text().size() + kSlack) return;
    throw DataError(out_.path.string() + ": most lines lack most members of the first; is it JSON lines?");
  }

  RecordFile& out_;
  const TextFile& file_;
  const std::vector<std::string>& wanted_;
  LineProblems problems_;
  bool has_surrogates_ = false;
  size_t missing_ = 0;
};

// The four hexadecimal digits of an escape \uXXXX at `at`; nothing where none is.
std::optional<unsigned> escape_at(std::string_view json, size_t at) {
  if (at + 6 > json.size() || json[at] != '\\' || json[at + 1] != 'u') return std::nullopt;
  unsigned code = 0;
  for (const char c : json.substr(at + 2, 4)) {
    const size_t digit = std::string_view("0123456789abcdef").find(static_cast<char>(c | 0x20));
    if (digit == std::string_view::npos) return std::nullopt;
    code = code << 4 | static_cast<unsigned>(digit);
  }
  return code;
}

}  // namespace

void read_objects(RecordFile& out, const TextFile& file, const std::vector<std::string>& wanted) {
  if (file.lines().empty()) return;
  ObjectReader reader(out, file, wanted);
  std::string_view first = file.lines().front().text;
  first.remove_prefix(std::min(first.find_first_not_of(kBlanks), first.size()));
  const bool is_array = first.starts_with('[');
  const bool is_spread = first.find_last_not_of(kBlanks) == 0;  // "{" alone: objects over several lines
  if (!is_array && !is_spread) {
    for (const TextLine& line : file.lines()) reader.add(line);
  } else {
    ValueCutter cutter(file.text(), is_array);
    while (const auto value = cutter.next(out.path.string())) reader.add(*value);
  }
  reader.finish();
}

int64_t replace_lone_surrogates(std::string& json) {
  int64_t count = 0;
  for (size_t at = 0; (at = json.find('\\', at)) != std::string::npos;) {
    const auto code = escape_at(json, at);
    const unsigned kind = code ? *code & 0xFC00 : 0;
    const auto next = kind == 0xD800 ? escape_at(json, at + 6) : std::nullopt;
    if (next && (*next & 0xFC00) == 0xDC00) {
      at += 12;
    } else if (kind == 0xD800 || kind == 0xDC00) {
      json.replace(at, 6, "\\ufffd");
      ++count;
      at += 6;
    } else {
      at += 2;
    }
  }
  return count;
}

}  // namespace hone
