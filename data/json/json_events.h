#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace hone {

// The receiver of a JSON text's parts, in document order.
class JsonEvents {
 public:
  virtual ~JsonEvents() = default;
  virtual void on_null() = 0;
  virtual void on_bool(bool value) = 0;
  virtual void on_negative(int64_t value) = 0;  // written with a minus sign and no fraction, -0 included
  virtual void on_unsigned(uint64_t value) = 0;
  virtual void on_real(double value) = 0;  // has a fraction or an exponent, or does not fit 64 bits
  virtual void on_string(std::string&& value) = 0;
  virtual void on_key(std::string&& key) = 0;
  virtual void on_object_begin() = 0;
  virtual void on_object_end() = 0;
  virtual void on_array_begin() = 0;
  virtual void on_array_end() = 0;
};

// Reads one JSON value (blanks around it are allowed) and reports it to `events`. The reader is stricter than
// most: it refuses invalid UTF-8, a byte order mark, a NUL byte, anything after the value, a key that occurs
// twice in one object and nesting beyond `max_depth`. Its memory does not grow with the nesting of the text.
// Throws ModelError; `what` (usually the file's name) begins its message. An exception of `events` passes
// through.
void parse_json_events(std::string_view text, const std::string& what, int max_depth, JsonEvents& events);

}  // namespace hone
