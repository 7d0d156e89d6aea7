#include "data/json/json_writer.h"

#include <charconv>
#include <cmath>

#include "core/quote.h"

namespace hone {
namespace {

template <class T>
std::string float_text(T number) {
  if (!std::isfinite(number)) return "null";
  char buffer[64];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, number).ptr;
  std::string text(buffer, end);
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}

}  // namespace

JsonWriter& JsonWriter::key(std::string_view name) {
  separate();
  text_ += json_quote(name);
  text_ += style_ == Style::indented ? ": " : ":";
  after_key_ = true;
  return *this;
}

JsonWriter& JsonWriter::value(std::string_view text) { return raw(json_quote(text)); }
JsonWriter& JsonWriter::value(float number) { return raw(float_text(number)); }
JsonWriter& JsonWriter::value(double number) { return raw(float_text(number)); }

JsonWriter& JsonWriter::raw(std::string_view text) {
  separate();
  text_ += text;
  return *this;
}

JsonWriter& JsonWriter::open(char bracket) {
  separate();
  text_ += bracket;
  ++depth_;
  empty_ = true;
  return *this;
}

JsonWriter& JsonWriter::close(char bracket) {
  --depth_;
  if (!empty_) new_line();
  text_ += bracket;
  empty_ = false;
  return *this;
}

// Writes the separator before a value or key: a comma, a new line, or nothing after a key.
void JsonWriter::separate() {
  if (!after_key_) {
    if (!empty_) text_ += ',';
    if (depth_ > 0) new_line();
  }
  after_key_ = false;
  empty_ = false;
}

void JsonWriter::new_line() {
  if (style_ == Style::one_line) return;
  text_ += '\n';
  text_.append(static_cast<size_t>(2 * depth_), ' ');
}

}  // namespace hone
