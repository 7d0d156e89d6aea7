#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

namespace hone {

// Writes JSON in the order of the calls: in one line without blanks, or indented by two blanks a level.
//   JsonWriter().begin_object().field("event", "step").field("loss", 0.5f).end_object().str()
// Floats are the shortest text that reads back to the same value of their type (float or double) and always
// look like floats (1.0); NaN and infinity, which JSON lacks, become null.
class JsonWriter {
 public:
  enum class Style { one_line, indented };
  explicit JsonWriter(Style style = Style::one_line) : style_(style) {}

  JsonWriter& begin_object() { return open('{'); }
  JsonWriter& end_object() { return close('}'); }
  JsonWriter& begin_array() { return open('['); }
  JsonWriter& end_array() { return close(']'); }
  JsonWriter& key(std::string_view name);

  JsonWriter& value(std::string_view text);
  JsonWriter& value(const char* text) { return value(std::string_view(text)); }
  JsonWriter& value(std::same_as<bool> auto flag) { return raw(flag ? "true" : "false"); }
  template <std::integral T>
  requires(!std::same_as<T, bool>) JsonWriter& value(T number) { return raw(std::to_string(number)); }
  JsonWriter& value(float number);
  JsonWriter& value(double number);
  JsonWriter& value(std::nullptr_t) { return raw("null"); }

  template <class T>
  JsonWriter& field(std::string_view name, const T& content) {
    return key(name).value(content);
  }

  const std::string& str() const { return text_; }

 private:
  JsonWriter& raw(std::string_view text);
  JsonWriter& open(char bracket);
  JsonWriter& close(char bracket);
  void separate();
  void new_line();

  Style style_;
  std::string text_;
  int depth_ = 0;
  bool empty_ = true;       // nothing stands in the innermost array or object yet
  bool after_key_ = false;  // the next value belongs to the key just written
};

}  // namespace hone
