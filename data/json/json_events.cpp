#include "data/json/json_events.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

#include <hone/core/error.h>
#include "core/quote.h"
#include "core/utf8.h"
#include "data/json/key_set.h"

namespace hone {
namespace {

// The message of nlohmann's parser without its tag and without the text that it quotes, a string or a number,
// which may be of any length.
std::string brief(std::string message) {
  if (const size_t tag = message.find("] "); tag != std::string::npos) message.erase(0, tag + 2);
  if (const size_t quote = message.find("; last read"); quote != std::string::npos) message.resize(quote);
  const size_t number = message.find("parsing '");
  return number == std::string::npos ? message
                                     : message.substr(0, number + 8) +
                                           shown(message.substr(number + 9, message.size() - number - 10));
}

// Stands between nlohmann's parser and JsonEvents, and watches depth and duplicate keys.
class Guard {
 public:
  Guard(const std::string& what, int max_depth, JsonEvents& events)
      : what_(what), max_depth_(max_depth), events_(events) {}

  bool null() { return events_.on_null(), true; }
  bool boolean(bool value) { return events_.on_bool(value), true; }
  bool number_integer(int64_t value) { return events_.on_negative(value), true; }
  bool number_unsigned(uint64_t value) { return events_.on_unsigned(value), true; }
  bool number_float(double value, const std::string&) { return events_.on_real(value), true; }
  bool string(std::string& value) { return events_.on_string(std::move(value)), true; }
  bool binary(nlohmann::json::binary_t&) { return false; }

  bool start_object(size_t) { return open(), events_.on_object_begin(), true; }
  bool end_object() { return keys_.pop_back(), events_.on_object_end(), true; }
  bool start_array(size_t) { return open(), events_.on_array_begin(), true; }
  bool end_array() { return keys_.pop_back(), events_.on_array_end(), true; }
  bool key(std::string& key) {
    if (!keys_.back().insert(key)) throw ModelError(what_ + ": duplicate key " + shown(key));
    return events_.on_key(std::move(key)), true;
  }
  bool parse_error(size_t, const std::string&, const nlohmann::detail::exception& error) {
    throw ModelError(what_ + ": invalid JSON: " + brief(error.what()));
  }

 private:
  void open() {
    if (static_cast<int>(keys_.size()) >= max_depth_) {
      throw ModelError(what_ + ": invalid JSON: nested deeper than " + std::to_string(max_depth_) +
                       " levels");
    }
    keys_.emplace_back();
  }

  const std::string& what_;
  int max_depth_;
  JsonEvents& events_;
  std::vector<KeySet<>> keys_;  // one set for each open object or array
};

}  // namespace

void parse_json_events(std::string_view text, const std::string& what, int max_depth, JsonEvents& events) {
  if (text.starts_with("\xEF\xBB\xBF")) {
    throw ModelError(what + ": invalid JSON: begins with a byte order mark; save it as UTF-8 without one");
  }
  if (const size_t at = first_invalid_utf8(text); at != std::string_view::npos) {
    throw ModelError(what + ": invalid UTF-8 at byte " + std::to_string(at));
  }
  if (const size_t at = text.find('\0'); at != std::string_view::npos) {
    throw ModelError(what + ": invalid JSON: NUL byte at byte " + std::to_string(at));
  }
  Guard guard(what, max_depth, events);
  nlohmann::json::sax_parse(text.begin(), text.end(), &guard);
}

}  // namespace hone
