#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "data/json/json_events.h"

namespace hone {

// A value read from JSON, immutable. Objects keep their members in document order. The getters that take a
// key throw ModelError naming file, key, what was expected and what was found.
class Json {
 public:
  using Array = std::vector<Json>;
  using Members = std::vector<std::pair<std::string, Json>>;

  Json() = default;  // null

  bool is_null() const { return std::holds_alternative<std::nullptr_t>(value_); }
  bool is_bool() const { return std::holds_alternative<bool>(value_); }
  bool is_integer() const;  // a whole number without fraction or exponent that fits int64 or uint64
  bool is_number() const { return is_integer() || std::holds_alternative<double>(value_); }
  bool is_string() const { return std::holds_alternative<std::string>(value_); }
  bool is_array() const { return std::holds_alternative<Array>(value_); }
  bool is_object() const { return std::holds_alternative<Object>(value_); }
  std::string type_name() const;  // "an integer", "null", ...

  // The value as that type; `where` begins the message when it is another.
  bool as_bool(const std::string& where) const;
  int64_t as_int(const std::string& where) const;  // also refuses numbers beyond int64
  double as_number(const std::string& where) const;
  const std::string& as_string(const std::string& where) const;
  const Array& as_array(const std::string& where) const;
  const Members& as_object(const std::string& where) const;

  // Members of an object; on any other type these throw ModelError.
  const Json* find(std::string_view key) const;  // null when absent
  const Json& at(std::string_view key) const;
  std::string where(std::string_view key) const;  // "config.json: key \"vocab_size\"", for messages

  // The member as that type; `otherwise` when it is absent. A null is not absence: it is a type error.
  bool get_bool(std::string_view key, bool otherwise) const;
  int64_t get_int(std::string_view key, int64_t otherwise) const;
  double get_number(std::string_view key, double otherwise) const;
  std::string get_string(std::string_view key, const std::string& otherwise) const;

 private:
  friend class JsonBuilder;
  struct Object {
    Members members;
    std::vector<uint32_t> sorted;  // members' indices in the order of their keys, for binary search
    std::shared_ptr<const std::string> file;
  };
  const Object& object() const;

  std::variant<std::nullptr_t, bool, int64_t, uint64_t, double, std::string, Array, Object> value_;
};

// The strict reader described at parse_json_events, into a value. `what` is the file's name for messages.
Json parse_json(std::string_view text, const std::string& what, int max_depth = 64);

}  // namespace hone
